"""The same verb on many leads. Rows are taken in primary-key order, a hundred a transaction."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Denied, NotFound
from modules.crm.domain.access import DELETE, EDIT
from modules.crm.domain.lead import assign_lead, delete_lead, move_lead
from modules.crm.models import Lead, Stage
from modules.crm.models.lead import LeadQuerySet
from tenants.people.models import User

_BATCH = 100


def assign_leads(*, actor: Actor, leads: LeadQuerySet, responsible_id: int) -> int:
    """Give every lead of `leads` that the person may edit to one person. Returns how many."""
    require_permission(actor, EDIT)
    return _each(actor, leads, lambda lead: assign_lead(actor=actor, lead=lead, responsible_id=responsible_id))


def move_leads(*, actor: Actor, leads: LeadQuerySet, stage: Stage) -> int:
    """Take every lead of `leads` that the person may edit to `stage`. Returns how many."""
    require_permission(actor, EDIT)
    return _each(actor, leads, lambda lead: move_lead(actor=actor, lead=lead, stage=stage))


def delete_leads(*, actor: Actor, leads: LeadQuerySet) -> int:
    """Put every lead of `leads` that the person may delete into the trash. Returns how many."""
    require_permission(actor, DELETE)
    return _each(actor, leads, lambda lead: delete_lead(actor=actor, lead=lead))


def hand_over_leads(*, actor: Actor, from_user: User, to_user: User) -> int:
    """Make `to_user` responsible for all open and closed leads of a leaving person. Returns how many."""
    leads = Lead.objects.alive().filter(responsible_id=from_user.pk)
    return _each(actor, leads, lambda lead: assign_lead(actor=actor, lead=lead, responsible_id=to_user.pk))


def count_owned(user_id: int) -> int:
    """How many leads the person is responsible for."""
    return Lead.objects.alive().filter(responsible_id=user_id).count()


def _each(actor: Actor, leads: LeadQuerySet, verb: Callable[[Lead], object]) -> int:
    gates.require_writable()
    done = 0
    ids = sorted(leads.order_by().values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = Lead.objects.alive().filter(pk__in=ids[start : start + _BATCH]).order_by("pk")
        with transaction.atomic():
            for lead in batch.select_related("stage", "responsible"):
                try:
                    verb(lead)
                except (Denied, NotFound):
                    continue  # seen but not to be changed, or gone meanwhile: the rest still goes
                done += 1
    return done
