"""Many operations in one request: each through its own address, with its own rights, answer and status.

A value "$name" or "$name.field" in a body, and such a part of a path, stands for what the operation `name` answered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

import orjson
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.json import dump
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, PortalViewSet
from infra.kit.errors import Invalid, TooLarge

MOST = 50
# Bytes that references may add to one operation, and that all answers together may have; how deep a body may nest.
MOST_FILLED, MOST_ANSWERED, DEEPEST = 1_000_000, 10_000_000, 100
ROOT = "/api/v1"
_METHODS = ("GET", "POST", "PATCH", "DELETE")
_NAME = r"[A-Za-z][A-Za-z0-9_]{0,30}"
_REFERENCE = re.compile(rf"\$({_NAME})((?:\.[A-Za-z0-9_]{{1,40}})*)")
_KEPT_HEADERS = ("Location", "ETag")


class OperationSerializer(StrictSerializer):
    """One operation, as it would be a request of its own."""

    id = serializers.RegexField(
        f"^{_NAME}$", required=False, help_text="A name by which later operations may refer to its answer."
    )
    method = serializers.ChoiceField(choices=_METHODS)
    path = serializers.CharField(
        max_length=1000, help_text='Below /api/v1, such as "/leads" or "/leads/$first.id/comments?limit=5".'
    )
    body = serializers.JSONField(required=False, help_text='"$first.id" stands for what `first` answered.')
    if_match = serializers.CharField(max_length=100, required=False, help_text="The If-Match header.")


class BatchSerializer(StrictSerializer):
    """Operations in order."""

    operations = serializers.ListField(child=OperationSerializer(), min_length=1, max_length=MOST)
    atomic = serializers.BooleanField(default=False, help_text="All of them happen, or none.")


class OutcomeSerializer(serializers.Serializer[Any]):
    """What came of an operation: 424 where it was not tried, or taken back, because of another one."""

    id = serializers.CharField(required=False)
    status = serializers.IntegerField()
    body = serializers.JSONField()
    headers = serializers.DictField(child=serializers.CharField())


class OutcomesSerializer(serializers.Serializer[Any]):
    """`committed` is false where an atomic batch was taken back as a whole."""

    committed = serializers.BooleanField()
    results = OutcomeSerializer(many=True)


class BatchViewSet(PortalViewSet):
    """Several operations at once."""

    permissions = {"create": ANY_PERSON}
    serializer_class = BatchSerializer

    @extend_schema(summary="Several operations in one request", tags=["Batch"], responses=OutcomesSerializer)
    def create(self, request: Request) -> Response:
        """Up to 50 operations, in order, counted as one request. Each has its own status; the batch itself answers 200.

        An operation that refers to one that failed is not tried (424). With `atomic` the first failure takes back all.
        Send an Idempotency-Key to repeat the batch safely.
        """
        asked = self.read()
        operations: list[dict[str, Any]] = asked["operations"]
        names = [operation["id"] for operation in operations if "id" in operation]
        if len(names) != len(set(names)):
            raise Invalid(fields={"operations": [_("Two operations have the same id.")]})
        if not asked["atomic"]:
            return Response({"committed": True, "results": _run_all(request, operations, stop=False)})
        with transaction.atomic():
            results = _run_all(request, operations, stop=True)
            failed = any(result["status"] >= 400 for result in results)
            if failed:
                transaction.set_rollback(True)
        if failed:
            results = [_taken_back(result) for result in results]
        return Response({"committed": not failed, "results": results})


def _run_all(request: Request, operations: list[dict[str, Any]], *, stop: bool) -> list[dict[str, Any]]:
    answered: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    room = MOST_ANSWERED
    for operation in operations:
        name = operation.get("id")
        if stop and any(result["status"] >= 400 for result in results):
            result = _untried()
        elif room < 0:
            result = _refused(TooLarge.status, TooLarge.code, _("The answers before are too long. Ask this by itself."))
        else:
            result = _run(request, operation, answered)
        room -= result.pop("size", 0)
        if name is not None:
            result = {"id": name, **result}
            if result["status"] < 400:
                answered[name] = result["body"]
        results.append(result)
    return results


def _untried() -> dict[str, Any]:
    title = _("Not tried, because an operation that it needs failed.")
    body = {"title": title, "status": 424, "code": "dependency_failed"}
    return {"status": 424, "body": body, "headers": {}}


def _taken_back(result: dict[str, Any]) -> dict[str, Any]:
    if result["status"] >= 400:
        return result
    title = _("Taken back, because another operation of the batch failed.")
    return {**result, "status": 424, "body": {"title": title, "status": 424, "code": "taken_back"}, "headers": {}}


def _run(request: Request, operation: Mapping[str, Any], answered: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the operation's own view, in a savepoint: a refusal leaves nothing behind."""
    try:
        path = _REFERENCE.sub(lambda found: _in_path(found, answered), operation["path"])
        body = _filled(operation.get("body"), answered, [MOST_FILLED])
    except KeyError:
        return _untried()
    except TooLarge as error:
        return _refused(error.status, error.code, str(error))
    inner = _request(request._request, operation["method"], path, body, operation.get("if_match", ""))
    try:
        match = resolve(inner.path_info, urlconf=getattr(request._request, "urlconf", None))
    except Resolver404:
        return _refused(404, "not_found", _("The API has no address %(path)s.") % {"path": path[:200]})
    view = getattr(match.func, "cls", None)
    if view is None or not issubclass(view, PortalViewSet) or view is BatchViewSet:
        return _refused(404, "not_found", _("The API has no address %(path)s.") % {"path": path[:200]})
    if getattr(match.func, "actions", {}).get(operation["method"].lower()) in view.own_key:
        return _refused(400, "not_in_batch", _("This address needs an Idempotency-Key of its own. Ask it by itself."))
    if operation["method"] == "POST" and not view.keeps_answers:
        return _refused(400, "not_in_batch", _("This address answers with a secret. Ask it by itself."))
    with transaction.atomic():
        answer = match.func(inner, *match.args, **match.kwargs)
        if hasattr(answer, "render"):
            answer.render()
        if answer.status_code >= 400:
            transaction.set_rollback(True)
    return {
        "status": answer.status_code,
        "body": orjson.loads(answer.content) if answer.content else None,
        "headers": {name: answer[name] for name in _KEPT_HEADERS if name in answer},
        "size": len(answer.content),
    }


def _refused(status: int, code: str, title: str) -> dict[str, Any]:
    return {"status": status, "body": {"title": title, "status": status, "code": code}, "headers": {}}


def _referred(found: re.Match[str], answered: Mapping[str, Any]) -> Any:
    """What "$name.field" stands for. Raises KeyError where nothing answered so."""
    value = answered[found[1]]
    for key in found[2].split(".")[1:]:
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, Mapping):
            value = value[key]
        else:
            raise KeyError(key)
    return value


def _in_path(found: re.Match[str], answered: Mapping[str, Any]) -> str:
    """A number or a word; raises KeyError for a whole answer, which no address takes."""
    value = _referred(found, answered)
    if isinstance(value, list | Mapping):
        raise KeyError(found[0])
    return quote(str(value)[:200], safe="")


def _filled(value: Any, answered: Mapping[str, Any], left: list[int], deep: int = 0) -> Any:
    """`value` with what its references stand for, of at most `left[0]` bytes in all. Raises KeyError, TooLarge."""
    if deep > DEEPEST:
        raise TooLarge
    match value:
        case str():
            found = _REFERENCE.fullmatch(value)
            if found is None:
                return value
            filled = _referred(found, answered)
            left[0] -= len(dump(filled))
            if left[0] < 0:  # a short body may name a long answer many times
                raise TooLarge
            return filled
        case list():
            return [_filled(one, answered, left, deep + 1) for one in value]
        case dict():
            return {key: _filled(one, answered, left, deep + 1) for key, one in value.items()}
    return value


def _request(outer: HttpRequest, method: str, path: str, body: Any, if_match: str) -> HttpRequest:
    """A request of the same person, on the same host, that the batch's one request stands for."""
    content = b"" if body is None else dump(body)
    plain, _mark, query = (ROOT + "/" + path.lstrip("/")).partition("?")
    environ = {
        **outer.META,
        "REQUEST_METHOD": method,
        "PATH_INFO": plain,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/json" if content else "",
        "wsgi.input": io.BytesIO(content),
    }
    for name in ("HTTP_IDEMPOTENCY_KEY", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
        environ.pop(name, None)
    if if_match:
        environ["HTTP_IF_MATCH"] = if_match
    inner = WSGIRequest(environ)
    for name in ("user", "session", "portal", "urlconf", "LANGUAGE_CODE", "csp_nonce", "_csp_nonce"):
        if name in outer.__dict__:
            setattr(inner, name, outer.__dict__[name])
    cast(Any, inner).in_batch = True
    return inner
