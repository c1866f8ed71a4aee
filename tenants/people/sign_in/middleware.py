"""After sign-in: a demanded second factor comes before everything else, and "last seen" is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from redis import RedisError

from infra.kit.errors import Denied, Unavailable
from infra.ui.errors import refusal
from tenants.people.models import User
from tenants.people.sign_in.backend import PortalBackend

SEEN_EVERY = timedelta(minutes=5)


class PeopleMiddleware:
    """For signed-in people on a portal's host; everybody else passes untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "portal", None) is None or not request.user.is_authenticated:
            return self.get_response(request)
        person = request.user
        missing = PortalBackend.refuse(person)
        if missing is not None and not request.path.startswith(("/account/", "/static/")):
            return _to_second_factor(request, missing)
        _seen(request, person)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Without Redis nobody counts attempts or used codes: signing in waits, and does not fail open (promise 75)."""
        if isinstance(exception, RedisError) and request.path.startswith("/account/"):
            return refusal(request, Unavailable())
        return None


def _to_second_factor(request: HttpRequest, missing: Denied) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(missing.problem(), status=missing.status, content_type="application/problem+json")
    url = reverse("mfa_index")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _seen(request: HttpRequest, person: User) -> None:
    now = timezone.now()
    if person.last_seen is None or now - person.last_seen > SEEN_EVERY:
        User.objects.filter(pk=person.pk).update(last_seen=now)
        if request.session.session_key:
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
