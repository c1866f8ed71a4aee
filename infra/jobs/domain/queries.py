"""Which jobs a person may see: their own."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from infra.jobs.models import Job
from infra.kit.access import Actor
from infra.kit.errors import NotFound


def own_jobs(actor: Actor) -> QuerySet[Job]:
    """The jobs that the actor started."""
    return Job.objects.filter(started_by_id=actor.id)


def jobs_of(actor: Actor, *, after: int | None = None, limit: int = 25) -> Sequence[Job]:
    """The actor's own jobs, newest first, `after` an id."""
    rows = own_jobs(actor).order_by("-id")
    return list((rows if after is None else rows.filter(pk__lt=after))[:limit])


def job_of(actor: Actor, job_id: int) -> Job:
    """One of the actor's own jobs. Raises NotFound."""
    found = own_jobs(actor).filter(pk=job_id).first()
    if found is None:
        raise NotFound
    return found
