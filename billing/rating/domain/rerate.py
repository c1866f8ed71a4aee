"""A period rated again: each difference becomes a correcting entry, no call is edited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.rating.domain import account as accounts
from billing.rating.domain import book, bundles
from billing.rating.domain.authorize import EMERGENCY
from billing.rating.domain.decks import MANAGE
from billing.rating.domain.settle import correct, note_of
from billing.rating.engine import written
from billing.rating.engine.rating import rate_call
from billing.rating.models import Call, Correction, Deck, Rerating
from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


def rerate(*, actor: Actor, portal: Portal, deck: Deck, since: datetime, until: datetime, reason: str) -> Rerating:
    """Rate the portal's settled calls answered from `since` to `until` by `deck`, with the mark-up and the included
    seconds that each call had; post what differs. Calls at a price of the portal's own keep it.

    The same calls, deck and period give the same result: rating twice corrects nothing the second time.
    Raises Denied, Invalid.
    """
    require_permission(actor, MANAGE)
    if until <= since:
        raise Invalid(fields={"until": [_("Choose an end after the beginning.")]})
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why, for whoever reads this next year.")]})
    with transaction.atomic():
        accounts.locked(portal.pk)
        run = Rerating.objects.create(
            portal=portal, deck=deck, since=since, until=until, reason=reason.strip()[:300], by=actor.display_name
        )
        for call in _calls(portal, since, until):
            run.calls += 1
            before = charge_of(call)
            after, snapshot = _again(call, deck)
            if after == before:
                continue
            correct(
                call,
                cause=f"correction:rerate:{run.pk}:{call.pk}",
                before=before,
                after=after,
                note=_("%(call)s rated again") % {"call": note_of(call)},
                rerating=run,
                snapshot=snapshot,
            )
            run.changed += 1
            run.difference += after - before
        run.save(update_fields=["calls", "changed", "difference"])
        with enter(portal):
            audit.record(
                Operator(actor.display_name),
                action="rating.calls.rerate",
                changes={"difference": (None, f"{run.difference} {deck.currency}")},
                note=run.reason,
            )
    return run


def charge_of(call: Call) -> Decimal:
    """What the call costs after all corrections."""
    last: Correction | None = call.corrections.order_by("-pk").first()
    return last.after if last is not None else call.charge or Decimal(0)


def _calls(portal: Portal, since: datetime, until: datetime) -> Iterator[Call]:
    rows = Call.objects.filter(portal=portal, state=Call.State.SETTLED, answered_at__gte=since, answered_at__lt=until)
    yield from rows.exclude(route=EMERGENCY).order_by("pk").iterator(chunk_size=1000)


def _again(call: Call, deck: Deck) -> tuple[Decimal, dict[str, object]]:
    if call.currency != deck.currency or call.snapshot.get("source") != "deck":
        return charge_of(call), {}
    found = book.rate_by(deck.pk, call.number, Decimal(call.snapshot.get("markup", "0")))
    if found is None:
        return charge_of(call), {}
    _rate, tariff = found
    lots = [bundles.lot(use.bundle, use.used) for use in call.bundle_uses.filter(used__gt=0).select_related("bundle")]
    charge = rate_call(tariff, call.answered_at, call.seconds, lots, call.granted)
    snapshot = {**call.snapshot, "tariff": written.tariff_to(tariff), "deck": deck.pk, "deck_name": deck.name}
    return charge.amount, snapshot


def reratings_of(portal: Portal) -> list[Rerating]:
    """The portal's last re-ratings."""
    return list(Rerating.objects.filter(portal=portal).select_related("deck")[:10])
