"""What a refused or broken request is answered: a dialog over the page, a page, or a problem document (RFC 9457)."""

from __future__ import annotations

import errno
import json
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from infra.kit.errors import (
    Denied,
    FeatureMissing,
    LimitReached,
    NotFound,
    PortalError,
    RateLimited,
    TooLarge,
    Unavailable,
    WayOut,
)
from infra.kit.registry import registry


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: under /api/, or by its Accept header."""
    if request.path.startswith("/api/"):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def rule_of(error: PortalError) -> str:
    """Which rule refused, in words: the permission, feature or limit by its title."""
    match error:
        case Denied() if permission := error.extra.get("permission"):
            return _("Permission “%(title)s” of your role") % {"title": registry.permission(permission).title}
        case FeatureMissing() if feature := error.extra.get("feature"):
            return _("“%(title)s” of the plan") % {"title": registry.feature(feature).title}
        case LimitReached() if limit := error.extra.get("limit"):
            return _("Limit “%(title)s” of the plan") % {"title": registry.limit(limit).title}
    return ""


def refusal(request: HttpRequest, error: PortalError) -> HttpResponse:
    """`error` as this client understands it, with its own status."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(
            error.problem(), status=error.status, content_type="application/problem+json"
        )
    elif request.headers.get("HX-Request"):
        response = render(request, "ui/errors/dialog.html", _context(error), status=error.status)
        response.headers["HX-Retarget"] = "#ui-dialogs"
        response.headers["HX-Reswap"] = "beforeend"
    else:
        response = render(request, "ui/errors/page.html", _context(error), status=error.status)
    if isinstance(error, RateLimited) and (seconds := error.extra.get("retry_after")):
        response.headers["Retry-After"] = str(int(seconds))
    return response


def _context(error: PortalError) -> dict[str, object]:
    titles = {
        "denied": _("Not allowed"),
        "feature_missing": _("Not in your plan"),
        "limit_reached": _("The limit is reached"),
        "read_only": _("Read-only"),
        "conflict": _("Changed in the meantime"),
        "precondition_failed": _("Changed in the meantime"),
        "not_found": _("Nothing here"),
        "rate_limited": _("Too fast"),
        "unavailable": _("Not available"),
        "invalid": _("Please check"),
        "too_large": _("Too large"),
    }
    asks = {
        "owner": _("The owner of the portal"),
        "administrator": _("An administrator of the portal"),
        "operator": _("Whoever runs the service"),
    }
    way = error.way_out
    return {
        "error": error,
        "stale": error.code in ("conflict", "precondition_failed"),
        "title": titles.get(error.code) or titles.get(type(error).code) or _("This could not be done"),
        "rule": rule_of(error),
        "ask": asks.get(way.ask, way.ask) if way else "",
        "fields": [text for texts in error.fields.values() for text in texts],
    }


# -- handlers named in the URLconfs and settings -------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 where the body, its fields or its files are more than the house reads at once."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        way_out = WayOut(text=_("Go back: what you typed is still there. Make it shorter, or send it in parts."))
        return refusal(request, TooLarge(_("What you sent is larger than one form may be."), way_out=way_out))
    return refusal(request, PortalError(_("The request could not be understood."), code="bad_request"))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return refusal(request, PortalDenied())


class PortalDenied(PortalError):
    """403 of Django's own, which names no permission."""

    code = "denied"
    status = 403


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return refusal(request, NotFound())


class WrongMethod(PortalError):
    """The address is there, but not for this method."""

    code = "method_not_allowed"
    status = 405


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """405, naming the methods that are `allowed`."""
    text = (
        _("This address takes %(methods)s.") % {"methods": allowed}
        if wants_json(request)
        else _("This address works only from the button or form that leads to it.")
    )
    response = refusal(request, WrongMethod(text))
    response.headers["Allow"] = allowed
    return response


class Forgery(PortalError):
    """The form's token is missing or old (promise: what was typed is not lost)."""

    code = "csrf"
    status = 403


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form whose token is too old: scripts fetch a fresh one and keep the form, others are told to go back."""
    error = Forgery(
        _("This page was open for too long, so its form is no longer accepted."),
        way_out=WayOut(text=_("Go back: what you typed is still there. Reload the page if it is refused again.")),
    )
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"HX-Trigger": json.dumps({"token-stale": True})})
    return refusal(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 while the database is away or a disk is full: proxies and programs know that the same may work soon.

    Depends on nothing that may be broken itself: no database, no session, no context processor.
    """
    fault = sys.exc_info()[1]
    away = type(fault) in (OperationalError, InterfaceError, DatabaseError)  # the last: lost while it answered
    away = away or (isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT))
    if wants_json(request):
        broken = {"type": "about:portal/error", "title": _("Something went wrong on our side."), "status": 500}
        problem = Unavailable().problem() if away else {**broken, "code": "error"}
        response: HttpResponse = JsonResponse(
            problem, status=problem["status"], content_type="application/problem+json"
        )
    else:
        language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        html = render_to_string("ui/errors/broken.html", {"LANGUAGE_CODE": language})
        response = HttpResponse(html, status=503 if away else 500)
    if away:
        response.headers["Retry-After"] = "5"
    return response
