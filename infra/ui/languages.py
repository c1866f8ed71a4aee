"""Which languages are offered, and which one a request gets."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

NAMES = {
    "en": "English",
    "ru": "Русский",
    "pl": "Polski",
    "pt": "Português",
    "fr": "Français",
    "vi": "Tiếng Việt",
}


def offered() -> list[tuple[str, str]]:
    """Complete languages: code and the language's own name."""
    return [(code, NAMES[code]) for code in settings.LANGUAGES_OFFERED]


def is_offered(code: str) -> bool:
    """Whether `code` may be chosen."""
    return code in settings.LANGUAGES_OFFERED


def language_for(request: HttpRequest) -> str:
    """The person's choice, else the browser's by cookie, else the portal's, else what the browser accepts."""
    portal = getattr(request, "portal", None)
    wishes = [
        getattr(request.user, "locale", ""),
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        getattr(portal, "locale", ""),
        *(code for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))),
    ]
    for wish in wishes:
        try:
            code = get_supported_language_variant(wish) if wish and wish != "*" else ""
        except LookupError:
            continue
        if is_offered(code):
            return code
    return settings.LANGUAGE_CODE
