"""Events of records: leads keep those that others listen to since the first release, all others share theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from infra.kit.access import Actor
from infra.kit.events import Event
from infra.kit.refs import RecordRef
from infra.outbox import publish, publish_many
from modules.crm.contracts import (
    ActivityDone,
    CallEnded,
    LeadAssigned,
    LeadCreated,
    LeadDeleted,
    LeadMoved,
    RecordAssigned,
    RecordChanged,
    RecordCreated,
    RecordDeleted,
    RecordMoved,
)
from modules.crm.domain.rules import triggers
from modules.crm.domain.rules.hearing import anyone_hears, hear
from modules.crm.models import Activity, Lead, Record, Source, Stage


def announce_created(record: Record, origin: RecordRef | None = None) -> None:
    """`record` was made."""
    _heard(record, publish(_created(record, origin)))


def announce_all_created(records: Sequence[Record]) -> None:
    """All of `records`, of one kind, were made."""
    ids = publish_many([_created(record, None) for record in records])
    if anyone_hears(records[0].kind, [triggers.CREATED, triggers.FORM, triggers.STAGE]):
        for record, event_id in zip(records, ids, strict=True):
            _heard(record, event_id)


def _created(record: Record, origin: RecordRef | None) -> Event:
    if isinstance(record, Lead):
        return LeadCreated(
            lead=record.ref,
            title=record.title,
            source=record.source,
            responsible_id=record.responsible_id,
            origin=origin,
        )
    return RecordCreated(
        record=record.ref,
        title=str(record),
        responsible_id=record.responsible_id,
        created_by_id=record.created_by_id,
    )


def _heard(record: Record, event_id: UUID) -> None:
    happened = [triggers.CREATED, *([triggers.FORM] if getattr(record, "source", "") == Source.FORM else [])]
    stage_id = getattr(record, "stage_id", None)
    hear(record, [*happened, triggers.STAGE] if stage_id else happened, event_id, {"stage": stage_id})


def announce_changed(record: Record, fields: Sequence[str], actor: Actor) -> None:
    """`fields` of `record` have other values now."""
    event_id = publish(RecordChanged(record=record.ref, fields=tuple(fields), actor_id=actor.id))
    hear(record, [triggers.CHANGED], event_id, {"fields": fields})


def announce_all_changed(changes: Sequence[tuple[Record, Sequence[str]]], actor: Actor) -> None:
    """All of these records, of one kind, have other values in these fields now."""
    ids = publish_many(
        [RecordChanged(record=record.ref, fields=tuple(fields), actor_id=actor.id) for record, fields in changes]
    )
    if changes and anyone_hears(changes[0][0].kind, [triggers.CHANGED]):
        for (record, fields), event_id in zip(changes, ids, strict=True):
            hear(record, [triggers.CHANGED], event_id, {"fields": fields})


def announce_moved(record: Record, before: Stage, stage: Stage, actor: Actor) -> None:
    """`record` went to another stage."""
    hear(record, [triggers.STAGE], publish(_moved(record, before, stage, actor)), {"stage": stage.pk})


def announce_all_moved(moves: Sequence[tuple[Record, Stage, Stage]], actor: Actor) -> None:
    """All of these records, of one kind, went from the one stage to the other."""
    ids = publish_many([_moved(*move, actor) for move in moves])
    if moves and anyone_hears(moves[0][0].kind, [triggers.STAGE]):
        for (record, _before, stage), event_id in zip(moves, ids, strict=True):
            hear(record, [triggers.STAGE], event_id, {"stage": stage.pk})


def _moved(record: Record, before: Stage, stage: Stage, actor: Actor) -> Event:
    told: dict[str, Any] = {
        "from_stage_id": before.pk,
        "to_stage_id": stage.pk,
        "kind": stage.kind,
        "actor_id": actor.id,
    }
    if isinstance(record, Lead):
        return LeadMoved(lead=record.ref, **told)
    return RecordMoved(record=record.ref, **told)


def announce_assigned(record: Record, before_id: int | None, actor: Actor) -> None:
    """`record` has another responsible person."""
    hear(record, [triggers.ASSIGNED], publish(_assigned(record, before_id, actor)))


def announce_all_assigned(given: Sequence[tuple[Record, int | None]], actor: Actor) -> None:
    """All of these records, of one kind, have another responsible person than the one named."""
    ids = publish_many([_assigned(record, before_id, actor) for record, before_id in given])
    if given and anyone_hears(given[0][0].kind, [triggers.ASSIGNED]):
        for (record, _before_id), event_id in zip(given, ids, strict=True):
            hear(record, [triggers.ASSIGNED], event_id)


def _assigned(record: Record, before_id: int | None, actor: Actor) -> Event:
    told = {"from_user_id": before_id, "to_user_id": record.responsible_id, "actor_id": actor.id}
    return (
        LeadAssigned(lead=record.ref, **told) if isinstance(record, Lead) else RecordAssigned(record=record.ref, **told)
    )


def announce_done(record: Record, activity: Activity, actor: Actor) -> None:
    """An activity of `record` is done; a call tells of itself besides."""
    what = f"own:{activity.own_kind_id}" if activity.own_kind_id else activity.kind
    event = ActivityDone(
        record=record.ref,
        activity_id=activity.pk,
        kind=what,
        direction=activity.direction,
        actor_id=actor.id,
    )
    hear(record, [triggers.ACTIVITY], publish(event), {"activity": what})
    if activity.kind == Activity.Kind.CALL:
        call = CallEnded(
            record=record.ref,
            activity_id=activity.pk,
            direction=activity.direction,
            missed=activity.missed,
            seconds=activity.details.get("seconds"),
            actor_id=actor.id,
        )
        hear(record, [triggers.CALL], publish(call), {"call": triggers.way_of(activity.direction, activity.missed)})


def announce_deleted(record: Record, actor: Actor) -> None:
    """`record` went to the trash."""
    publish(_deleted(record, actor))


def announce_all_deleted(records: Sequence[Record], actor: Actor) -> None:
    """All of `records` went to the trash."""
    publish_many([_deleted(record, actor) for record in records])


def _deleted(record: Record, actor: Actor) -> LeadDeleted | RecordDeleted:
    if isinstance(record, Lead):
        return LeadDeleted(lead=record.ref, actor_id=actor.id)
    return RecordDeleted(record=record.ref, actor_id=actor.id)
