"""Work outside of requests: tasks of a portal, and long jobs that a person watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from infra.jobs.named import named
from infra.jobs.tasks import job_task, portal_task, service_task

if TYPE_CHECKING:
    from infra.jobs.models import Job
    from infra.jobs.tasks import QueuedTask
    from infra.kit.access import Actor

__all__ = ["job_task", "named", "portal_task", "service_task", "start"]


def start(actor: Actor, title: str, task: QueuedTask[..., Any], args: Sequence[Any] = ()) -> Job:
    """See infra.jobs.domain.job.start (imported late: this package is an app, its models load after it)."""
    from infra.jobs.domain.job import start as start_job

    return start_job(actor, title, task, args)
