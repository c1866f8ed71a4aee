"""A page that shows every part of the kit; only in development and in tests."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern


def urls() -> list[URLPattern]:
    """The page's route, where the settings ask for it."""
    if not getattr(settings, "UI_GALLERY", False):
        return []
    from infra.ui import showroom

    return showroom.urlpatterns
