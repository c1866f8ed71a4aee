"""Tells scripts that the session lives, with a fresh form token: a form filled in for an hour can still be sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache

from infra.kit.screens import guest_page


@guest_page(reason="answers 401 to who is signed out, without leading away to the sign-in page")
@never_cache
def session(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return JsonResponse({"token": get_token(request), "person": request.user.pk})
