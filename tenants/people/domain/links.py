"""Addresses that stand in letters: always on the portal's own host, never on the host somebody asked with."""

from __future__ import annotations

from django.urls import reverse

from infra.db.current import current_portal


def portal_link(url_name: str, *args: object) -> str:
    """The absolute address of a page of the portal that is entered (promise 14)."""
    path = reverse(url_name, urlconf="saas.urls_portal", args=args)
    return f"{current_portal().url}{path}"
