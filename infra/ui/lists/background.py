"""Exports too large to wait for: the same page is asked again by a job, as the same person, and its answer is kept.

Rights, filter, order, columns, language and zone are so those of the list; the file is there for a week.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.urls import resolve
from django.utils import timezone, translation

from infra.adapters.storage import get_storage, portal_key, random_name
from infra.db.current import current_portal
from infra.jobs.domain.running import JobRun
from infra.jobs.models import Job, State
from infra.kit.errors import NotFound

LARGE = 20_000
KEPT = timedelta(days=7)
TASK = "ui.export_list"
_TELL_EVERY = 1_000


def is_asked_by_a_job(request: HttpRequest) -> bool:
    """Whether this request is the job's own: then the file itself is answered, however large."""
    return bool(getattr(request, "exporting", False))


def export_list(run: JobRun, path: str, query: str, language: str, zone: str) -> str:
    """Keep the export that the list at `path` answers to `query`; answers where it is fetched."""
    people: Any = get_user_model()._default_manager
    person = people.active().select_related("role").filter(pk=run.started_by_id).first()
    if person is None:
        raise NotFound
    portal = current_portal()
    request: Any = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": portal.host,
            "SERVER_PORT": "443",
            "wsgi.url_scheme": settings.PUBLIC_SCHEME,
            "wsgi.input": io.BytesIO(),
        }
    )
    request.user, request.portal, request.session, request.exporting = person, portal, {}, True
    with translation.override(language), timezone.override(zone):
        match = resolve(path, urlconf=settings.ROOT_URLCONF)
        answer = match.func(request, *match.args, **match.kwargs)
        name = answer.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
        key = random_name()
        with tempfile.TemporaryFile() as file:
            for place, part in enumerate(_parts(answer)):
                file.write(part)
                if place % _TELL_EVERY == 0:
                    run.progress(place)
            file.seek(0)
            get_storage().put(_key(key), file, answer.headers["Content-Type"])
    run.progress(1, 1, name, checkpoint={"key": key, "name": name, "type": answer.headers["Content-Type"]})
    return f"/exports/{run.id}/"


def _parts(answer: Any) -> Iterable[bytes]:
    return (part if isinstance(part, bytes) else part.encode() for part in answer.streaming_content)


def _key(name: str) -> str:
    return portal_key(f"ui/exports/{name}")


def file_url(job: Job) -> str:
    """A link to the file of a finished export that is good for some minutes. Raises NotFound."""
    kept = job.checkpoint or {}
    if job.task != TASK or job.state != State.DONE or "key" not in kept:
        raise NotFound
    return get_storage().url(
        _key(kept["key"]), expires_s=300, filename=kept["name"], content_type=kept["type"].partition(";")[0]
    )


def exports_in_use() -> Iterator[tuple[str, None]]:
    """Keys of all exports that can still be fetched."""
    kept = Job.objects.filter(task=TASK, checkpoint__has_key="key")
    for checkpoint in kept.values_list("checkpoint", flat=True).iterator():
        if checkpoint is not None:
            yield _key(checkpoint["key"]), None


def forget_old() -> None:
    """Remove files of exports that are older than a week."""
    old = Job.objects.filter(task=TASK, finished_at__lt=timezone.now() - KEPT, checkpoint__has_key="key")
    for job in old.order_by("pk")[:500]:
        get_storage().delete(_key(job.checkpoint["key"]))
        Job.objects.filter(pk=job.pk).update(checkpoint=None, result="")
