"""Starting, cancelling and finding long jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction

from infra.db.current import enter, portal_schema
from infra.jobs.app import app
from infra.jobs.domain.locking import working_on
from infra.jobs.domain.running import finish
from infra.jobs.models import UNFINISHED, Job, State
from infra.jobs.tasks import JobTask, QueuedTask
from infra.kit.access import Actor
from infra.kit.errors import NotFound
from infra.wakeups.marks import Marks

_log = structlog.get_logger(__name__)
MARKS = Marks("jobs")
LOOK_AGAIN = timedelta(seconds=30)


def start(actor: Actor, title: str, task: QueuedTask[..., Any], args: Sequence[Any] = ()) -> Job:
    """Queue `task` (declared with @job_task) for `actor` under a title that tells the person what it does.

    Answers the Job. It is sent after the transaction commits; if that is lost, the mark left with it tells the tick.
    """
    if not isinstance(task, JobTask):
        raise TypeError(f"{task!r} is not declared with @job_task")
    schema = portal_schema()
    with transaction.atomic():
        job = Job.objects.create(title=title[:200], task=task.name, args=list(args), started_by_id=actor.id)
        MARKS.leave()
    transaction.on_commit(lambda: _send(schema, job.pk, task.name))
    return job


def _send(schema: str, job_id: int, task: str) -> None:
    with enter(schema):
        send(job_id, task)


def send(job_id: int, task: str) -> None:
    """Queue the job's message; the same job is never queued twice at a time. Never raises for a broker that is down."""
    try:
        app.tasks[task].apply_async((job_id,), task_id=f"job:{portal_schema()}:{job_id}")
    except Exception:
        _log.exception("jobs.broker_unreachable", job=job_id, task=task)


def cancel(*, actor: Actor, job_id: int) -> Job:
    """Ask one of the actor's own jobs to stop; one that still waits stops at once. Raises NotFound."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id, started_by_id=actor.id).first()
        if job is None:
            raise NotFound
        if job.state == State.QUEUED:
            job.cancel_requested = True
            finish(job, State.CANCELLED)
        if job.state == State.RUNNING:
            job.cancel_requested = True
        job.save(update_fields=["cancel_requested"])
    return job


def take_up_lost() -> bool:
    """Send again what waits without a message or ran on a worker that is gone; answers whether any job is unfinished.

    A job whose lock is held has a living worker and is left alone.
    """
    unfinished = Job.objects.filter(state__in=UNFINISHED).order_by("pk")
    for job in unfinished:
        with working_on(job.pk) as free:
            if free and job.task not in app.tasks:
                finish(job, State.FAILED, error=job.task)
        if free and job.task in app.tasks:
            send(job.pk, job.task)
    return unfinished.exists()
