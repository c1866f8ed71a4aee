"""Publishing: the event is written with the change, inline handlers run at once, the rest after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.utils import timezone

from infra.db.current import portal_schema
from infra.db.gathering import gathered, insert
from infra.kit.events import Event
from infra.kit.registry import registry
from infra.kit.spec import Mode
from infra.outbox.domain.delivering import run
from infra.outbox.domain.waking import MARKS, wake
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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"publish({event.name}) needs an open transaction")
    schema = portal_schema()
    registry.event(event.name)
    row = OutboxEvent(
        id=uuid4(),
        name=event.name,
        payload=event.to_payload(),
        actor_id=getattr(event, "actor_id", None),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )
    subscriptions = registry.subscriptions(event.name)
    now = timezone.now()
    deliveries = [
        Delivery(event=row, handler=subscription.handler, mode=subscription.mode.value, next_attempt_at=now)
        for subscription in subscriptions
    ]
    for delivery in deliveries:
        if delivery.mode == Mode.INLINE.value:
            delivery.attempts = 1
            run(delivery, event)
    # Handlers have run by now: the event and how it stands with everyone who listens are one statement.
    with gathered():
        insert(row)
        insert(*deliveries)
    waiting = [delivery.next_attempt_at for delivery in deliveries if delivery.status == Status.PENDING]
    if waiting:
        soonest = min(waiting)
        MARKS.leave(soonest if soonest > now else None)
        transaction.on_commit(lambda: wake(schema, soonest.timestamp()))
    return Published(id=row.id, done=not waiting)
