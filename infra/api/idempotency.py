"""`Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): one key, one effect, one answer.

Answer and effect are committed together, so a crash between them cannot make a second lead of a repeated request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import RequestDataTooBig
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.json import dump
from infra.api.models import GivenAnswer
from infra.api.problems import BadRequest
from infra.db.current import current_schema
from infra.kit.errors import Conflict, PortalError, TooLarge

KEPT_FOR = timedelta(hours=24)
_KEPT_HEADERS = ("Location", "ETag")


class KeyReused(PortalError):
    """The key was already used for a different request."""

    code = "idempotency_key_reused"
    status = 422


def answer_once(request: Request, key: str, handle: Callable[[], Response]) -> HttpResponse:
    """Run `handle` in a transaction unless this caller's `key` was answered already; then give that answer again.

    Refusals are not kept: nothing happened, so the same key may try again. Raises BadRequest (a key that is no key),
    KeyReused (another body or address), TooLarge, Conflict (the first request is still running).
    """
    _check(key)
    caller = _caller(request)
    digest = hashlib.sha256()
    for part in (request.method or "", request.get_full_path(), request.content_type or ""):
        digest.update(part.encode() + b"\0")
    try:
        digest.update(request._request.body)
    except RequestDataTooBig as error:
        raise TooLarge from error
    with transaction.atomic():
        if not _lock(caller, key):
            raise Conflict(
                _("A request with this Idempotency-Key is still running."), code="idempotency_key_in_use", retry_after=1
            )
        given = GivenAnswer.objects.filter(caller=caller, key=key, created_at__gt=timezone.now() - KEPT_FOR).first()
        if given is not None:
            if given.request_digest != digest.hexdigest():
                raise KeyReused(_("This Idempotency-Key was already used for a different request."))
            return _replay(given)
        response = handle()
        headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
        GivenAnswer.objects.update_or_create(
            caller=caller,
            key=key,
            defaults={
                "request_digest": digest.hexdigest(),
                "status": response.status_code,
                "headers": headers,
                "body": dump(response.data) if response.data is not None else b"",
                "created_at": timezone.now(),
            },
        )
    return response


def key_of_caller(request: Request, key: str) -> str:
    """32 letters and digits that stand for this caller's `key`. Raises BadRequest for a key that is none."""
    _check(key)
    return hashlib.sha256(f"{_caller(request)}\0{key}".encode()).hexdigest()[:32]


def _check(key: str) -> None:
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise BadRequest(_("An Idempotency-Key is 1 to 255 printable characters."), code="bad_idempotency_key")


def _caller(request: Request) -> str:
    return f"token:{request.auth.pk}" if request.auth is not None else f"person:{request.user.pk}"


def _lock(caller: str, key: str) -> bool:
    number = int.from_bytes(hashlib.sha256(f"{current_schema()}\0{caller}\0{key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def _replay(given: GivenAnswer) -> HttpResponse:
    response = HttpResponse(bytes(given.body), status=given.status, content_type="application/json")
    for name, value in given.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response
