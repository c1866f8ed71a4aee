"""The long jobs a person started: where they stand, and a way to stop them."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.jobs.domain.job import cancel
from infra.jobs.domain.queries import job_of, jobs_of
from infra.kit.access import Actor
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.toasts import toast

_PAGE = 25


@screen(permission=None)
def my_jobs(request: HttpRequest) -> HttpResponse:
    """The person's own jobs, newest first."""
    found = jobs_of(cast(Actor, request.user), after=whole_number(request.GET.get("after")), limit=_PAGE + 1)
    shown = found[:_PAGE]
    following = shown[-1].pk if len(found) > _PAGE else None
    return render(request, "jobs/mine.html", {"jobs": shown, "next": following})


@screen(permission=None)
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One of the person's own jobs, as a card that htmx fetches again when the job moves."""
    return render(request, "jobs/job.html", {"job": job_of(cast(Actor, request.user), job_id)})


@screen(permission=None, methods=("POST",))
def cancel_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask a job to stop."""
    cancelled = cancel(actor=cast(Actor, request.user), job_id=job_id)
    toast(request, _("It has been stopped.") if cancelled.is_finished else _("It is being stopped."))
    return redirect("jobs:mine")
