"""Content types are remembered per connection and schema.

Django keeps one cache for the process. Portals number their content types differently, and threads serve different
portals at once, so what one thread remembered would be another portal's id (promise 12).
"""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections

from infra.db.connections import wire


class PerConnection(dict[str, dict[Any, Any]]):
    """Looks like the manager's cache, keyed by alias; lives on the connection, which drops it on a new schema."""

    def __getitem__(self, alias: str) -> dict[Any, Any]:
        return wire(alias).content_types.setdefault(alias, {})

    def setdefault(self, alias: str, default: dict[Any, Any] | None = None) -> dict[Any, Any]:
        return self[alias]

    def clear(self) -> None:
        for connection in connections.all(initialized_only=True):
            connection.content_types = {}  # type: ignore[attr-defined]  # our own cache


def install() -> None:
    """Give ContentType's manager the cache that knows schemas."""
    ContentType.objects._cache = PerConnection()  # type: ignore[attr-defined]  # in place of its own
