"""The worker's side of webhooks."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from infra.jobs.tasks import portal_task, service_task
from infra.webhooks.domain.sending import next_due, send_one
from infra.webhooks.domain.waking import MARKS
from infra.webhooks.models import Message, Status

_SPELL_SECONDS = 60
_KEPT = timedelta(days=30)


@portal_task(name="webhooks.send")
def send() -> None:
    """Send the portal's due messages, for a spell; what is left gets a message of its own."""
    MARKS.taken_up()
    seen = MARKS.seen()
    until = time.monotonic() + _SPELL_SECONDS
    while send_one():
        if time.monotonic() > until:
            send.apply_async()
            return
    MARKS.settle(seen, next_due())


@service_task(name="webhooks.send_due")
def send_due() -> None:
    """Send `send` to every portal with a mark that is due: the word of it was lost, or it is a repetition."""
    MARKS.send_due()


@portal_task(name="webhooks.prune")
def prune() -> None:
    """Forget messages older than 30 days that nobody waits for."""
    Message.objects.filter(created_at__lt=timezone.now() - _KEPT).exclude(status=Status.PENDING).delete()
