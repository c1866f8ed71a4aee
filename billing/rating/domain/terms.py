"""Mark-ups and portals' own rates, set by the operator."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import catalogue
from billing.rating.domain import book
from billing.rating.domain.decks import MANAGE, said
from billing.rating.engine import written
from billing.rating.engine.decks import Defaults, rate_from
from billing.rating.engine.faults import Fault
from billing.rating.models import Markup, OwnRate
from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


@transaction.atomic
def set_markup(*, actor: Actor, percent: Decimal | None, portal: Portal | None = None, plan: str = "") -> None:
    """Put `percent` on the deck's prices for a portal, a plan or (neither) everybody; None takes the mark-up away.

    Calls that have begun keep their price. Raises Denied, Invalid.
    """
    require_permission(actor, MANAGE)
    key = {"portal": portal} if portal is not None else {"portal": None, "plan": plan}
    if percent is None:
        Markup.objects.filter(**key).delete()
    elif not percent.is_finite() or not -100 <= percent <= 10_000:
        raise Invalid(fields={"percent": [_("Give a percentage from -100 to 10,000.")]})
    else:
        Markup.objects.update_or_create(**key, defaults={"percent": percent, "set_by": actor.display_name})
    shown = None if percent is None else str(percent)
    if portal is None:
        audit.record(actor, action="rating.markup.set", changes={plan or "*": (None, shown)})
    else:
        with enter(portal):
            audit.record(Operator(actor.display_name), action="rating.markup.set", changes={"percent": (None, shown)})
    book.changed()


@transaction.atomic
def set_own_rate(*, actor: Actor, portal: Portal, currency: str, row: dict[str, str], zone: str) -> OwnRate:
    """Agree a price with one portal, from now on; one in force for the same prefix ends. `row` is a line of a deck.

    Raises Denied, Invalid.
    """
    require_permission(actor, MANAGE)
    try:
        rate = rate_from(row, Defaults(zone=zone))
    except Fault as fault:
        raise Invalid(said(fault), fields={"rate_per_minute": [said(fault)]}) from None
    now = datetime.now(UTC)
    OwnRate.objects.filter(portal=portal, currency=currency, prefix=rate.prefix, valid_until=None).update(
        valid_until=now
    )
    own = OwnRate.objects.create(
        portal=portal,
        currency=currency,
        prefix=rate.prefix,
        destination=rate.destination,
        route=rate.route,
        tariff=written.tariff_to(rate.tariff),
        cost=rate.cost,
        valid_from=now,
        set_by=actor.display_name,
    )
    with enter(portal):
        audit.record(
            Operator(actor.display_name),
            action="rating.own_rate.set",
            changes={rate.prefix: (None, f"{row.get('rate_per_minute', '')} {currency}")},
        )
    book.changed()
    return own


@transaction.atomic
def end_own_rate(*, actor: Actor, portal: Portal, rate_id: int) -> None:
    """Let an own rate end now; the deck answers from the next call on. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    own = OwnRate.objects.filter(pk=rate_id, portal=portal, valid_until=None).first()
    if own is None:
        raise NotFound
    own.valid_until = datetime.now(UTC)
    own.save(update_fields=["valid_until"])
    with enter(portal):
        audit.record(
            Operator(actor.display_name), action="rating.own_rate.end", changes={own.prefix: (own.destination, None)}
        )
    book.changed()


def plans() -> list[tuple[str, str]]:
    """Plans that a mark-up can be for: slug and title."""
    return [(version.plan.slug, version.title) for version in catalogue.plans_on_sale()]


def markups() -> list[Markup]:
    """All mark-ups, the general ones first."""
    return list(Markup.objects.select_related("portal").order_by("portal_id", "plan"))


def markup_of(portal: Portal) -> Decimal | None:
    """The portal's own mark-up."""
    return Markup.objects.filter(portal=portal).values_list("percent", flat=True).first()


def own_rates(portal: Portal) -> list[OwnRate]:
    """The portal's own prices in force, with what a minute costs as `minute`."""
    rows = list(OwnRate.objects.filter(portal=portal, valid_until=None).order_by("prefix"))
    for row in rows:
        slot = row.tariff["slots"][0]
        row.minute = Decimal(slot["price"]) * 60 / slot["per"]  # type: ignore[attr-defined]  # shown beside the row
    return rows
