"""Lines above every page that concern the whole portal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

Notice = dict[str, Any]
_sources: list[Callable[[HttpRequest], Sequence[Notice]]] = []


def add_source(source: Callable[[HttpRequest], Sequence[Notice]]) -> None:
    """Let an upper floor say something on every page: `source(request)` gives {"text", "url"?, "action"?} lines."""
    if source not in _sources:
        _sources.append(source)


def notices_for(request: HttpRequest) -> list[Notice]:
    """All lines for this page."""
    return [notice for source in _sources for notice in source(request)]
