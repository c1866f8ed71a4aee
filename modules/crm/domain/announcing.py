"""Events of records: leads keep those that others listen to since the first release, all others share theirs."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kit.access import Actor
from infra.kit.refs import RecordRef
from infra.outbox import publish
from modules.crm.contracts import (
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
from modules.crm.models import Lead, Record, Stage


def announce_created(record: Record, origin: RecordRef | None = None) -> None:
    """`record` was made."""
    if isinstance(record, Lead):
        publish(
            LeadCreated(
                lead=record.ref,
                title=record.title,
                source=record.source,
                responsible_id=record.responsible_id,
                origin=origin,
            )
        )
        return
    publish(
        RecordCreated(
            record=record.ref,
            title=str(record),
            responsible_id=record.responsible_id,
            created_by_id=record.created_by_id,
        )
    )


def announce_changed(record: Record, fields: Sequence[str], actor: Actor) -> None:
    """`fields` of `record` have other values now."""
    publish(RecordChanged(record=record.ref, fields=tuple(fields), actor_id=actor.id))


def announce_moved(record: Record, before: Stage, stage: Stage, actor: Actor) -> None:
    """`record` went to another stage."""
    if isinstance(record, Lead):
        publish(
            LeadMoved(
                lead=record.ref, from_stage_id=before.pk, to_stage_id=stage.pk, kind=stage.kind, actor_id=actor.id
            )
        )
        return
    publish(
        RecordMoved(
            record=record.ref, from_stage_id=before.pk, to_stage_id=stage.pk, kind=stage.kind, actor_id=actor.id
        )
    )


def announce_assigned(record: Record, before_id: int | None, actor: Actor) -> None:
    """`record` has another responsible person."""
    if isinstance(record, Lead):
        publish(
            LeadAssigned(lead=record.ref, from_user_id=before_id, to_user_id=record.responsible_id, actor_id=actor.id)
        )
        return
    publish(
        RecordAssigned(record=record.ref, from_user_id=before_id, to_user_id=record.responsible_id, actor_id=actor.id)
    )


def announce_deleted(record: Record, actor: Actor) -> None:
    """`record` went to the trash."""
    if isinstance(record, Lead):
        publish(LeadDeleted(lead=record.ref, actor_id=actor.id))
        return
    publish(RecordDeleted(record=record.ref, actor_id=actor.id))
