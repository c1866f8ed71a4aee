"""Calls that a telephone exchange has seen end: on the timeline of whoever has the number."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from modules.crm.contracts import CallIntake, CallPutDown
from modules.crm.domain.access import may_do, seen
from modules.crm.domain.activity import Plan, owner_of, plan_activity
from modules.crm.domain.contact_points import read_points
from modules.crm.domain.kinds import kind_of
from modules.crm.models import Activity, ContactPoint, Stage
from tenants.people.models import User


def put_down_call(call: CallIntake) -> CallPutDown:
    """Put a call on the timeline of its record, else of the client who has the number: a person before a company
    before an open lead. Rules that wait for calls start.

    The same `event_id` gives the same entry again; an unknown number changes nothing. Raises Invalid (direction),
    ReadOnly.
    """
    gates.require_writable()
    if (known := _known(call)) is not None:
        return known
    record = _record(call)
    if record is None:
        return CallPutDown(record=None)
    started = call.started_at or timezone.now()
    person = User.objects.active().filter(pk=call.person_id or 0).first()
    sees = person is not None and may_do(person, kind_of(record).permission("view"), record)
    actor: Actor = person if person is not None and sees else SYSTEM
    plan = Plan(
        kind=Activity.Kind.CALL,
        direction=call.direction,
        missed=call.missed,
        responsible_id=person.pk if person is not None else record.responsible_id,
    )
    more = {"number": call.number[:40]} | ({} if call.seconds is None else {"seconds": call.seconds})
    try:
        with transaction.atomic():
            activity = plan_activity(actor=actor, record=record, plan=plan, done=True, at=started, more=more)
            Activity.objects.filter(pk=activity.pk).update(event_id=call.event_id)
    except IntegrityError:  # two copies of the event at the same moment
        if (known := _known(call)) is not None:
            return known
        raise
    return CallPutDown(record=record.ref, activity_id=activity.pk)


def _known(call: CallIntake) -> CallPutDown | None:
    activity = Activity.objects.filter(event_id=call.event_id).first()
    if activity is None:
        return None
    record = owner_of(SYSTEM, activity)
    return CallPutDown(record=record.ref if record is not None else None, activity_id=activity.pk)


def _record(call: CallIntake) -> Any:
    if call.record is not None:
        return seen(SYSTEM, call.record.kind, call.record.id)
    values = [point.value for point in read_points((call.number,), (), strict=False) if point.value]
    holders = ContactPoint.objects.filter(kind="phone", value__in=values)
    for name, rows in (
        ("contact", holders),
        ("company", holders),
        ("lead", holders.filter(lead__stage__kind=Stage.Kind.OPEN)),
    ):
        ids = rows.filter(**{f"{name}__deleted_at": None}).order_by(f"-{name}__created_at")
        for pk in ids.exclude(**{name: None}).values_list(f"{name}_id", flat=True)[:1]:
            return seen(SYSTEM, name, pk)
    return None
