"""After sign-in: a demanded second factor comes before everything else, and "last seen" is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from infra.kit.errors import Denied, Unavailable, WayOut
from infra.ui.errors import refusal
from tenants.people.domain.policy import must_add_second_factor
from tenants.people.models import User

SEEN_EVERY = timedelta(minutes=5)


class PeopleMiddleware:
    """For signed-in people on a portal's host; everybody else passes untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "portal", None) is None or not request.user.is_authenticated:
            return self.get_response(request)
        person = request.user
        if must_add_second_factor(person) and not request.path.startswith(("/account/", "/static/")):
            return _to_second_factor(request)
        _seen(request, person)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Without Redis nobody counts attempts or used codes: signing in waits, and does not fail open (promise 75)."""
        if isinstance(exception, RedisError) and request.path.startswith("/account/"):
            return refusal(request, Unavailable())
        return None


def _to_second_factor(request: HttpRequest) -> HttpResponse:
    url = reverse("mfa_index")
    if request.path.startswith("/api/"):
        missing = Denied(
            _("This company wants a second step at sign-in. Set it up first."),
            code="second_factor_missing",
            way_out=WayOut(text=_("Set up two-step sign-in"), url=url),
        )
        return JsonResponse(missing.problem(), status=missing.status, content_type="application/problem+json")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _seen(request: HttpRequest, person: User) -> None:
    now = timezone.now()
    if person.last_seen is None or now - person.last_seen > SEEN_EVERY:
        User.objects.filter(pk=person.pk).update(last_seen=now)
        if request.session.session_key:
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
