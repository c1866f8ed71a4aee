"""Files of large exports."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from infra.jobs.domain.queries import job_of
from infra.kit.access import Actor
from infra.kit.screens import screen
from infra.ui.lists.background import file_url


@screen(None)
def export_file(request: HttpRequest, job_id: int) -> HttpResponse:
    """One's own file, by a link that is good for some minutes."""
    return HttpResponseRedirect(file_url(job_of(cast(Actor, request.user), job_id)))
