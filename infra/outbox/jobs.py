"""The worker's side of the outbox: deliver what is due, find what was lost, throw away what is old."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from infra.jobs.sweeping import schemas_where
from infra.jobs.tasks import portal_task, service_task
from infra.outbox.domain.delivering import deliver_one, next_due
from infra.outbox.domain.waking import MARKS
from infra.outbox.models import OutboxEvent
from infra.outbox.models.delivery import Status

_SPELL_SECONDS = 15
_KEPT = timedelta(days=30)
_BATCH = 1000


@portal_task(name="outbox.deliver", queue="quick")
def deliver() -> None:
    """Make the portal's due deliveries, for a spell; what is left gets a message of its own, and keeps its marks."""
    MARKS.taken_up()
    seen = MARKS.seen()
    until = time.monotonic() + _SPELL_SECONDS
    while deliver_one():
        if time.monotonic() > until:
            deliver.apply_async()
            return
    MARKS.settle(seen, next_due())


@service_task(name="outbox.deliver_due")
def deliver_due() -> None:
    """Send `deliver` to every portal with a mark that is due: the word of it was lost, or it is a repetition."""
    MARKS.send_due()


@service_task(name="outbox.sweep")
def sweep() -> None:
    """Look into every portal for due deliveries without a mark: there are none, unless rows came in by another way."""
    marked = set(MARKS.due(limit=100_000))
    for schema in schemas_where("outbox_delivery", "status = 'pending' AND next_attempt_at <= now()"):
        if schema not in marked:
            MARKS.leave(schema=schema)


@portal_task(name="outbox.prune")
def prune() -> None:
    """Forget events older than 30 days whose deliveries are all done."""
    while True:
        old = (
            OutboxEvent.objects.filter(created_at__lt=timezone.now() - _KEPT)
            .exclude(deliveries__status__in=[Status.PENDING, Status.DEAD])
            .order_by("created_at")
            .values_list("pk", flat=True)[:_BATCH]
        )
        if not OutboxEvent.objects.filter(pk__in=list(old)).delete()[0]:
            return
