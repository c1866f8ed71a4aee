"""The worker's side of a job: progress, cancellation, and an end that is always written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import live
from infra.jobs.domain.locking import working_on
from infra.jobs.models import UNFINISHED, Job, State
from infra.kit.errors import PortalError

_log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 3
_TELL_SECONDS = 0.5


class JobCancelled(Exception):
    """Raised by `progress` once the person has cancelled; let it pass, what is not committed is undone."""


class JobRun:
    """What a job's function gets: how far it came before (`checkpoint`), and the ways to say how far it is."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told = 0.0

    @property
    def id(self) -> int:
        """The job's id."""
        return self._job.pk

    @property
    def started_by_id(self) -> int | None:
        """The person who started it; None for the portal itself."""
        return self._job.started_by_id

    @property
    def checkpoint(self) -> Any:
        """What the last `progress` before a restart left; None on the first run."""
        return self._job.checkpoint

    def progress(self, done: int, total: int = 0, note: str = "", *, checkpoint: Any = None) -> None:
        """Say how far it is; cheap enough to call for every row. Raises JobCancelled when the person has cancelled.

        A `checkpoint` (JSON) is written at once, in the open transaction if there is one: commit it with the work it
        stands for, and a restarted job goes on from there.
        """
        job = self._job
        job.done, job.total, job.note = done, total or job.total, note[:300]
        if checkpoint is not None:
            job.checkpoint = checkpoint
            Job.objects.filter(pk=job.pk).update(checkpoint=checkpoint)
        if time.monotonic() - self._told < _TELL_SECONDS and done != job.total:
            return
        self._told = time.monotonic()
        if not transaction.get_connection().in_atomic_block:
            Job.objects.filter(pk=job.pk).update(done=job.done, total=job.total, note=job.note)
        tell(job)
        if Job.objects.filter(pk=job.pk).values_list("cancel_requested", flat=True).get():
            raise JobCancelled


def tell(job: Job) -> None:
    """Show the person who started it where the job stands."""
    if job.started_by_id is not None:
        live.send_now(
            group=f"user:{job.started_by_id}",
            type="job.progress",
            data={
                "id": job.pk,
                "title": job.title,
                "state": job.state,
                "done": job.done,
                "total": job.total,
                "percent": job.percent,
                "note": job.note,
                "error": job.error,
                "result": job.result,
            },
        )


def run(job_id: int, function: Callable[..., Any], *, resumable: bool) -> None:
    """Run a job's function once, or again after its worker was lost; write down how it ended."""
    with working_on(job_id) as held:
        if not held:
            return
        job = Job.objects.filter(pk=job_id, state__in=UNFINISHED).first()
        if job is None:
            return
        if job.cancel_requested:
            finish(job, State.CANCELLED)
            return
        if job.state == State.RUNNING and not (resumable and job.attempts < MAX_ATTEMPTS):
            finish(job, State.FAILED, error=_("The work was interrupted. Start it again."))
            return
        job.state, job.attempts, job.started_at = State.RUNNING, job.attempts + 1, job.started_at or timezone.now()
        begun = Job.objects.filter(pk=job_id, state__in=UNFINISHED, cancel_requested=False).update(
            state=job.state, attempts=job.attempts, started_at=job.started_at
        )
        if not begun:  # cancelled since it was read
            return
        tell(job)
        try:
            result = function(JobRun(job), *job.args)
        except JobCancelled:
            finish(job, State.CANCELLED)
        except SoftTimeLimitExceeded:
            finish(job, State.FAILED, error=_("This took too long and was stopped."))
        except PortalError as refusal:
            finish(job, State.FAILED, error=str(refusal))
        except Exception:
            _log.exception("jobs.failed", job=job.pk, task=job.task)
            finish(job, State.FAILED, error=_("Something went wrong on our side. It is in the log; try again later."))
        else:
            finish(job, State.DONE, result=result or "")


def finish(job: Job, state: State, *, result: str = "", error: str = "") -> None:
    """Write the job's end and show it."""
    job.state, job.result, job.error, job.finished_at = state, result[:300], error, timezone.now()
    if state == State.DONE and job.total:
        job.done = job.total
    job.save(update_fields=["state", "result", "error", "finished_at", "done", "total", "note"])
    tell(job)


__all__ = ["JobCancelled", "JobRun", "finish", "run", "tell"]
