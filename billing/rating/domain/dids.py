"""Telephone numbers of a portal: given by the operator, within the plan's number of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.rating.domain.countries import dialled
from billing.rating.domain.decks import MANAGE, said
from billing.rating.domain.numbers import take_from_others
from billing.rating.engine import written
from billing.rating.engine.compiled import compiled
from billing.rating.engine.faults import Fault
from billing.rating.engine.tariff import Slot, Tariff
from billing.rating.models import Did, ProvenNumber
from infra import audit
from infra.db.current import current_portal, enter
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordCard, RecordRef
from infra.ui.formats import phone
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

LIMIT = "rating.numbers"


@transaction.atomic
def give_number(
    *, actor: Actor, portal: Portal, number: str, rate: Decimal | None = None, fee: Decimal = Decimal(0), step: int = 60
) -> Did:
    """Let the portal be called on `number`, and show it. An incoming minute costs `rate`, taken in steps of `step`
    seconds, and each answered call `fee`; None: nothing. Given again, the price alone changes, from the next call on.

    Raises Denied, Invalid, LimitReached, Conflict for another portal's number.
    """
    require_permission(actor, MANAGE)
    bare, tariff = _read(number, portal, rate, fee, step)
    with enter(portal):
        did = Did.objects.select_for_update().filter(number=bare).first()
        if did is not None and did.portal_id != portal.pk:
            raise Conflict(_("Another company has this number."))
        action = "rating.did.give" if did is None else "rating.did.price"
        if did is None:
            gates.reserve(LIMIT)
            did = _made(portal, bare, tariff, actor)
        Did.objects.filter(pk=did.pk).update(tariff=tariff)
        take_from_others(actor=actor, portal=portal, number=bare)
        ProvenNumber.objects.get_or_create(portal=portal, number=bare, defaults={"proven_by": actor.display_name})
        audit.record(Operator(actor.display_name), action=action, changes={"number": (None, bare)})
    did.tariff = tariff
    return did


def _made(portal: Portal, number: str, tariff: dict[str, object] | None, actor: Actor) -> Did:
    try:
        with transaction.atomic():
            return Did.objects.create(portal=portal, number=number, tariff=tariff, given_by=actor.display_name)
    except IntegrityError:  # somebody gave it to another portal at this moment
        raise Conflict(_("Another company has this number.")) from None


def _read(
    number: str, portal: Portal, rate: Decimal | None, fee: Decimal, step: int
) -> tuple[str, dict[str, object] | None]:
    try:
        bare = dialled(number, portal.region)
        if rate is None:
            return bare, None
        tariff = Tariff(
            slots=(Slot(price=written.money(str(rate), "rate"), step=step),),
            connect_fee=written.money(str(fee), "fee"),
            zone=portal.time_zone,
        )
        compiled(tariff)
    except Fault as fault:
        raise Invalid(fields={"number": [said(fault)]}) from None
    return bare, written.tariff_to(tariff)


@transaction.atomic
def withdraw_number(*, actor: Actor, portal: Portal, did_id: int) -> None:
    """The portal is not called on it any more, nor shows it. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    did = Did.objects.filter(pk=did_id, portal=portal).first()
    if did is None:
        raise NotFound
    ProvenNumber.objects.filter(portal=portal, number=did.number).delete()
    did.delete()
    with enter(portal):
        audit.record(Operator(actor.display_name), action="rating.did.withdraw", changes={"number": (did.number, None)})


def numbers_of(portal_id: int) -> list[Did]:
    """The portal's numbers, with what a minute of an incoming call costs as `minute` (None: nothing)."""
    rows = list(Did.objects.filter(portal_id=portal_id))
    for row in rows:
        slot = row.tariff["slots"][0] if row.tariff else None
        row.minute = Decimal(slot["price"]) * 60 / slot["per"] if slot else None  # type: ignore[attr-defined]  # shown beside the row
    return rows


def count_numbers() -> int:
    """How many numbers the entered portal has."""
    return Did.objects.filter(portal_id=current_portal().id).count()


def numbers_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest numbers beyond `maximum`, at most `most`."""
    rows = Did.objects.filter(portal_id=current_portal().id).order_by("-pk")
    over = max(rows.count() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("rating", "number", row.pk),
            title=phone(f"+{row.number}"),
            url=reverse("billing:devices"),
            icon="phone-incoming",
        )
        for row in rows[: min(over, most)]
    ]
