"""Publishing: the event is written with the change, inline handlers run at once, the rest after the commit."""

from __future__ import annotations

from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.utils import timezone

from infra.db.current import portal_schema
from infra.kit.events import Event
from infra.kit.registry import registry
from infra.kit.spec import Mode
from infra.outbox.domain.delivering import attempt
from infra.outbox.domain.waking import MARKS, wake
from infra.outbox.models import Delivery, OutboxEvent


def publish(event: Event) -> UUID:
    """Tell everyone who subscribed; answers the event's id.

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
    row.save(force_insert=True)
    subscriptions = registry.subscriptions(event.name)
    if not subscriptions:
        return row.id
    now = timezone.now()
    deliveries = Delivery.objects.bulk_create(
        Delivery(event=row, handler=subscription.handler, mode=subscription.mode.value, next_attempt_at=now)
        for subscription in subscriptions
    )
    left = False
    for delivery in deliveries:
        if delivery.mode == Mode.INLINE.value:
            delivery.attempts = 1
            left |= not attempt(delivery, event)
        else:
            left = True
    if left:
        soonest = min(delivery.next_attempt_at for delivery in deliveries if delivery.status == "pending")
        MARKS.leave(soonest if soonest > now else None)
        transaction.on_commit(lambda: wake(schema, soonest.timestamp()))
    return row.id
