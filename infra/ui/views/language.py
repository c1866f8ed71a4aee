"""The choice of a language by somebody who is not signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from infra.kit.errors import Invalid
from infra.kit.screens import guest_page, public_page
from infra.ui import languages
from infra.ui.returning import safe_next

A_YEAR = 365 * 24 * 3600


def _choose(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("language", "")
    if not languages.is_offered(code):
        raise Invalid
    response = redirect(safe_next(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=A_YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


language = guest_page(reason="the language of the sign-in page", methods=("POST",))(_choose)
public_language = public_page(reason="the language of the service's pages", methods=("POST",))(_choose)
