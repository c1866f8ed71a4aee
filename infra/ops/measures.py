"""The house's own readings: how long jobs wait and run, and what the outbox still holds."""

import json
import time
from collections.abc import Iterator
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun

from infra.jobs.broker import broker
from infra.jobs.queues import QUEUES
from infra.ops import certificate
from infra.ops.metrics import JOB_SECONDS, Reading, gauge
from infra.outbox.domain.waking import MARKS

SENT_AT = "sent_at"

_began: dict[str, float] = {}


def register() -> None:
    """Connect the readings; called once, when the apps are ready."""
    before_task_publish.connect(_stamp)
    task_prerun.connect(_job_began)
    task_postrun.connect(_job_ended)
    gauge("portal_queue_jobs", "Jobs that wait, by queue", _waiting)
    gauge("portal_outbox_portals", "Portals with deliveries that are due", lambda: [({}, MARKS.overdue()[0])])
    gauge("portal_outbox_age_seconds", "How long the oldest of them has been due", lambda: [({}, MARKS.overdue()[1])])
    gauge("portal_certificate_days", "Days for which the service's certificate is still good", certificate.reading)
    gauge("portal_queue_age_seconds", "How long the oldest waiting job has been waiting, by queue", _age)


def _stamp(headers: dict[str, Any], **_: Any) -> None:
    headers.setdefault(SENT_AT, time.time())


def _job_began(task_id: str, **_: Any) -> None:
    _began[task_id] = time.perf_counter()


def _job_ended(task_id: str, task: "Task[Any, Any]", state: str | None = None, **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is not None:
        JOB_SECONDS.labels(task.name, (state or "unknown").lower()).observe(time.perf_counter() - began)


def _key(queue: str) -> str:
    """Where Celery keeps the queue: its name under the prefix the application is configured with (infra.jobs.app)."""
    return f"celery:{queue}"


def _waiting() -> Iterator[Reading]:
    for queue in QUEUES:
        yield {"queue": queue}, float(broker().llen(_key(queue)))


def _age() -> Iterator[Reading]:
    """Celery pushes on the left and takes from the right, so the last one has waited longest."""
    for queue in QUEUES:
        oldest = broker().lindex(_key(queue), -1)
        sent = json.loads(oldest)["headers"].get(SENT_AT) if oldest else None
        yield {"queue": queue}, max(0.0, time.time() - sent) if sent else 0.0
