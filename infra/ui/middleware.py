"""The person's language and zone; refusals as pages, dialogs or problem documents; headers of every answer."""

from __future__ import annotations

import json
import time
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from infra.kit.errors import PortalError
from infra.ui import languages
from infra.ui.errors import refusal, wrong_method
from infra.ui.live_url import live_origin

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class PersonLocaleMiddleware:
    """Language: the person's own, else the browser's choice by cookie, the portal's, what the browser asks for.

    Zone: the person's own, else the portal's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = languages.language_for(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            zone = _zone_for(request)
            with timezone.override(zone):
                response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not getattr(request.user, "is_authenticated", False):
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _zone_for(request: HttpRequest) -> zoneinfo.ZoneInfo:
    portal = getattr(request, "portal", None)
    for name in (getattr(request.user, "time_zone", ""), getattr(portal, "time_zone", ""), settings.TIME_ZONE):
        if name:
            try:
                return zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                continue
    return zoneinfo.ZoneInfo("UTC")


class RefusalMiddleware:
    """Turns a PortalError that a view raises into its answer; gives htmx answers their toasts; completes the policy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.begun_at = time.time()  # type: ignore[attr-defined]  # before the view reads what the page shows
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = wrong_method(request, response.headers["Allow"])
        if request.headers.get("HX-Request"):
            _carry_toasts(request, response)
            patch_vary_headers(response, ("HX-Request",))
        _allow_live(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PortalError):
            return refusal(request, exception)
        return None


def _carry_toasts(request: HttpRequest, response: HttpResponseBase) -> None:
    """Toasts travel in HX-Trigger, unless the answer makes the browser load another page, which shows them."""
    if any(
        name in response.headers for name in ("HX-Redirect", "HX-Refresh", "HX-Location")
    ) or response.status_code in (
        301,
        302,
        303,
    ):
        return
    waiting = [
        {"text": str(message), "tone": message.level_tag or "success", "undo": message.extra_tags or ""}
        for message in get_messages(request)
    ]
    if not waiting:
        return
    given = response.headers.get("HX-Trigger", "")
    if given.startswith("{"):
        triggers = json.loads(given)
    else:
        triggers = {name.strip(): True for name in given.split(",") if name.strip()}
    triggers["toasts"] = {"items": waiting}
    response.headers["HX-Trigger"] = json.dumps(triggers)


def _allow_live(request: HttpRequest, response: HttpResponseBase) -> None:
    """The live gateway may listen on another port, which 'self' does not cover."""
    origin = live_origin(request)
    if origin and getattr(request, "portal", None) is not None:
        update = dict(getattr(response, "_csp_update", None) or {})
        update.setdefault("connect-src", [origin])
        response._csp_update = update  # type: ignore[attr-defined]  # read by django-csp
