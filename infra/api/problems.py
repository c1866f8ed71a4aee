"""Every refusal of the API as problem JSON (RFC 9457), with the codes of `infra.kit.errors`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from infra.kit.errors import Denied, Invalid, NotFound, PortalError, RateLimited, type_uri_prefix

MEDIA_TYPE = "application/problem+json"


class NotSignedIn(PortalError):
    """No valid token or session came with the request."""

    code = "not_signed_in"
    status = 401


class BadRequest(PortalError):
    """The request cannot be read: broken JSON, a wrong cursor, an unknown filter."""

    code = "bad_request"
    status = 400


class Unsupported(PortalError):
    """Method, media type or response format that this address does not take."""

    code = "unsupported"


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: any expected error becomes a problem document; others (faults) are left to raise."""
    refusal = as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    response = Response(refusal.problem(), status=refusal.status, content_type=MEDIA_TYPE)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if isinstance(refusal, RateLimited) and "retry_after" in refusal.extra:
        response["Retry-After"] = str(refusal.extra["retry_after"])
    if isinstance(error, exceptions.MethodNotAllowed):
        view = context.get("view")
        response["Allow"] = ", ".join(view.allowed_methods) if view is not None else ""
    return response


def as_refusal(error: Exception) -> PortalError | None:
    """`error` as one of the house's refusals, None where it is a fault."""
    match error:
        case PortalError():
            return error
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Denied()
        case exceptions.ValidationError():
            return _invalid(error)
        case exceptions.NotAuthenticated():
            return NotSignedIn(_("Send a token (“Authorization: Bearer pk_…”) or sign in."))
        case exceptions.AuthenticationFailed():
            return NotSignedIn(str(error.detail))
        case exceptions.PermissionDenied():
            return Denied(str(error.detail))
        case exceptions.NotFound():
            return NotFound()
        case exceptions.ParseError():
            return BadRequest(str(error.detail), code="malformed")
        case exceptions.MethodNotAllowed():
            return _unsupported(error, "method_not_allowed")
        case exceptions.UnsupportedMediaType():
            return _unsupported(error, "unsupported_media_type")
        case exceptions.NotAcceptable():
            return _unsupported(error, "not_acceptable")
        case exceptions.Throttled():
            return RateLimited(retry_after=math.ceil(getattr(error, "wait", None) or 1))
        case exceptions.APIException():
            return _unsupported(error, error.default_code)
    return None


def _unsupported(error: exceptions.APIException, code: str) -> PortalError:
    refusal = Unsupported(str(error.detail), code=code)
    refusal.status = error.status_code
    return refusal


def _invalid(error: exceptions.ValidationError) -> Invalid:
    detail = error.detail
    fields = _flatten(detail) if isinstance(detail, dict) else {"": [str(item) for item in detail]}
    whole = fields.pop("", None) or fields.pop("non_field_errors", None)
    return Invalid(" ".join(whole) if whole else None, fields=fields)


def _flatten(detail: Mapping[str, Any], before: str = "") -> dict[str, list[str]]:
    flat: dict[str, list[str]] = {}
    for name, value in detail.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            flat.update(_flatten(value, path + "."))
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for place, item in enumerate(value):
                if isinstance(item, Mapping):
                    flat.update(_flatten(item, f"{path}.{place}."))
        else:
            flat[path] = [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return flat


def problem_response(refusal: PortalError) -> HttpResponse:
    """`refusal` as a plain Django response, for addresses under /api/ that no API view answers."""
    return HttpResponse(orjson.dumps(refusal.problem()), status=refusal.status, content_type=MEDIA_TYPE)


def no_such_address(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 for an address under /api/ that does not exist."""
    return problem_response(NotFound(_("The API has no address %(path)s.") % {"path": request.path}))


def server_fault(request: HttpRequest) -> HttpResponse:
    """500 without a word about the inside; the request's id finds the trace in the log."""
    document = {
        "type": type_uri_prefix + "server_error",
        "title": _("Something broke on our side. It has been noted; try again in a minute."),
        "status": 500,
        "code": "server_error",
    }
    return HttpResponse(orjson.dumps(document), status=500, content_type=MEDIA_TYPE)
