"""Caller IDs: numbers that a portal has proved to be its own."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from billing.rating.domain.countries import dialled
from billing.rating.domain.decks import MANAGE, said
from billing.rating.engine.faults import Fault
from billing.rating.models import Did, ProvenNumber
from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


@transaction.atomic
def prove_number(*, actor: Actor, portal: Portal, number: str) -> ProvenNumber:
    """Write down that a number is the portal's: its calls may show it.

    Raises Denied, Invalid, Conflict for a number that another portal is called on.
    """
    require_permission(actor, MANAGE)
    try:
        bare = dialled(number, portal.region)
    except Fault as fault:
        raise Invalid(fields={"number": [said(fault)]}) from None
    if Did.objects.filter(number=bare).exclude(portal=portal).exists():
        raise Conflict(_("Another company has this number."))
    proven, made = ProvenNumber.objects.get_or_create(
        portal=portal, number=bare, defaults={"proven_by": actor.display_name}
    )
    if made:
        with enter(portal):
            audit.record(Operator(actor.display_name), action="rating.number.prove", changes={"number": (None, bare)})
    return proven


@transaction.atomic
def withdraw_number(*, actor: Actor, portal: Portal, number_id: int) -> None:
    """The portal's calls no longer show it. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    proven = ProvenNumber.objects.filter(pk=number_id, portal=portal).first()
    if proven is None:
        raise NotFound
    with enter(portal):
        audit.record(
            Operator(actor.display_name), action="rating.number.withdraw", changes={"number": (proven.number, None)}
        )
    proven.delete()


def take_from_others(*, actor: Actor, portal: Portal, number: str) -> None:
    """A number has come to `portal`: nobody else's calls show it any more."""
    for proven in ProvenNumber.objects.filter(number=number).exclude(portal=portal).select_related("portal"):
        withdraw_number(actor=actor, portal=proven.portal, number_id=proven.pk)


def numbers_of(portal: Portal) -> list[ProvenNumber]:
    """What the portal's calls may show."""
    return list(ProvenNumber.objects.filter(portal=portal))
