"""An event becomes a message to every webhook that wants it."""

from __future__ import annotations

from django.utils import timezone

from infra.kit.events import Event
from infra.outbox.models import Delivery
from infra.webhooks.domain.hooks import body_of
from infra.webhooks.domain.listening import listeners
from infra.webhooks.domain.waking import MARKS
from infra.webhooks.models import Message


def fan_out(event: Event, *, delivery: Delivery) -> None:
    """Write the messages; the same event never makes a second one for a webhook."""
    hooks = listeners(event.name)
    if not hooks:
        return
    body = body_of(str(delivery.event_id), event.name, event.to_payload())
    now = timezone.now()
    Message.objects.bulk_create(
        [
            Message(webhook=hook, event_id=delivery.event_id, event=event.name, body=body, next_attempt_at=now)
            for hook in hooks
        ],
        ignore_conflicts=True,
    )
    MARKS.call()
