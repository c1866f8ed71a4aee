"""The door for HTTP: which host was asked, and so which portal is entered. No host of ours, no answer (promise 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve, set_urlconf
from django.utils import translation

from infra.audit.origin import asked_from
from infra.db.current import enter, enter_public
from infra.kit.errors import PortalError
from infra.ui.errors import refusal
from infra.ui.languages import language_for
from tenants.people.sign_in.client import client_ip
from tenants.portals.doors import closed_answer, is_closed
from tenants.portals.hosts import PortalHost, PublicHostHit, ServiceHost, resolve_host

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class HostMiddleware:
    """Sets `request.portal` (None off a portal's host) and `request.urlconf`, and enters the portal's schema."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hit = resolve_host(request.META.get("HTTP_HOST", ""))
        request.portal = None  # type: ignore[attr-defined]  # ours
        match hit:
            case ServiceHost():
                request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
                with enter_public():
                    return self.get_response(request)
            case PortalHost(portal=portal):
                request.urlconf = settings.ROOT_URLCONF
                if is_closed(hit):
                    request.closed = hit  # type: ignore[attr-defined]  # ours
                    with enter_public():
                        return self.get_response(request)
                request.portal = portal  # type: ignore[attr-defined]  # ours
                with enter(portal), asked_from(client_ip(request)):
                    return self.get_response(request)
            case PublicHostHit():
                request.public_host = hit  # type: ignore[attr-defined]  # ours
                request.urlconf = settings.SITES_URLCONF
                with enter_public():
                    return self.get_response(request)
        return HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")


class PublicHostMiddleware:
    """Takes requests of public hosts straight to their views.

    These hosts have no session, no cookie and no person, and what would look for them is a tenth of a form's post.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._answer = cast(GetResponse, convert_exception_to_response(_answer))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not hasattr(request, "public_host"):
            return self.get_response(request)
        request.user = AnonymousUser()
        set_urlconf(request.urlconf)
        with translation.override(language_for(request)):
            return self._answer(request)


def _answer(request: HttpRequest) -> HttpResponseBase:
    match = request.resolver_match = resolve(request.path_info)
    try:
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except PortalError as error:
        return refusal(request, error)
    return answer


class DoorMiddleware:
    """Shuts everybody out of a closed portal. Stands behind what every answer needs: security headers, styles."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hit: PortalHost | None = getattr(request, "closed", None)
        return self.get_response(request) if hit is None else closed_answer(request, hit)
