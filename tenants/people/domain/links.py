"""Addresses that stand in letters: always on the portal's own host, never on the host somebody asked with."""

from __future__ import annotations

from django.urls import reverse

from infra.db.current import current_portal
from tenants.portals.public import portal_url


def portal_link(url_name: str, *args: object) -> str:
    """The absolute address of a page of the portal that is entered (promise 14)."""
    return portal_url(current_portal(), reverse(url_name, urlconf="saas.urls_portal", args=args))
