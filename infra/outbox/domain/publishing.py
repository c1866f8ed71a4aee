"""Publishing: the event is written with the change, inline handlers run at once, the rest after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.utils import timezone

from infra.db.current import portal_schema
from infra.db.gathering import gathered, insert
from infra.db.many import insert_many
from infra.kit.events import Event
from infra.kit.registry import registry
from infra.kit.spec import Mode
from infra.outbox.domain.delivering import run
from infra.outbox.domain.waking import MARKS
from infra.outbox.models import Delivery, OutboxEvent
from infra.outbox.models.delivery import Status


@dataclass(frozen=True, kw_only=True)
class Published:
    """The event's id, and whether everyone who subscribed has it already."""

    id: UUID
    done: bool


def publish(event: Event) -> Published:
    """Tell everyone who subscribed.

    Must be called inside the transaction of the change (raises TransactionManagementError otherwise). An inline handler
    that fails is rolled back alone, stays pending and is retried by the worker: the change itself stands.
    """
    row, deliveries = _written(event)
    # Handlers have run by now: the event and how it stands with everyone who listens are one statement.
    with gathered():
        insert(row)
        insert(*deliveries)
    return Published(id=row.id, done=not _wake_for(deliveries))


def publish_many(events: Sequence[Event]) -> list[UUID]:
    """`publish` each of `events`, in two statements for all of them; answers their ids."""
    written = [_written(event) for event in events]
    deliveries = [delivery for _row, own in written for delivery in own]
    insert_many(OutboxEvent, [row for row, _own in written])
    insert_many(Delivery, deliveries)
    _wake_for(deliveries)
    return [row.id for row, _own in written]


def _written(event: Event) -> tuple[OutboxEvent, list[Delivery]]:
    """The rows of `event`, not yet saved; its inline handlers have run. Raises TransactionManagementError."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"publish({event.name}) needs an open transaction")
    portal_schema()
    registry.event(event.name)
    now = timezone.now()
    row = OutboxEvent(
        id=uuid4(),
        name=event.name,
        payload=event.to_payload(),
        actor_id=getattr(event, "actor_id", None),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )
    deliveries = [
        Delivery(event=row, handler=subscription.handler, mode=subscription.mode.value, next_attempt_at=now)
        for subscription in registry.subscriptions(event.name)
        if subscription.wanted_for(event.name)
    ]
    for delivery in deliveries:
        if delivery.mode == Mode.INLINE.value:
            delivery.attempts = 1
            run(delivery, event)
    return row, deliveries


def _wake_for(deliveries: Sequence[Delivery]) -> datetime | None:
    """After the commit the workers are told of what waits; answers when the first is due, None when nothing waits."""
    waiting = [delivery.next_attempt_at for delivery in deliveries if delivery.status == Status.PENDING]
    if not waiting:
        return None
    soonest = min(waiting)
    if soonest > timezone.now():
        MARKS.leave(soonest)
    else:
        MARKS.call()
    return soonest
