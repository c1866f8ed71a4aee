"""Which lists there are, and which a person may open: read from the pages themselves, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from infra.kit import gates
from infra.kit.access import Actor, may
from infra.kit.errors import Text
from infra.kit.screens import Gate, gate_of
from infra.ui.lists.narrowing import Narrowed


@dataclass(frozen=True, kw_only=True)
class Place:
    """A list of the portal: the key under which views of it are kept, its title and its address."""

    key: str
    title: Text
    url: str


def places_for(actor: Actor) -> dict[str, Place]:
    """The lists that `actor` may open, by key."""
    found = [
        Place(key=key, title=title, url=url)
        for name, gate, view in _pages()
        if (gate.permission is None or may(actor, gate.permission)) and (not gate.feature or gates.has(gate.feature))
        for key, title, url in view.places(actor, name)
    ]
    return {place.key: place for place in found}


@cache
def _pages() -> list[tuple[str, Gate, Any]]:
    """Every page of the house that keeps views: (name of its address, its gate, its class)."""

    def walk(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner)
            else:
                yield f"{namespace}{pattern.name or ''}", pattern.callback

    found = []
    for name, view in walk(get_resolver(settings.ROOT_URLCONF).url_patterns, ""):
        gate, made_by = gate_of(view), getattr(view, "view_class", None)
        if gate is not None and made_by is not None and issubclass(made_by, Narrowed) and made_by.keeps_views:
            found.append((name, gate, made_by))
    return found


def usual_places(cls: Any, name: str) -> Iterator[tuple[str, Text, str]]:
    """The one list of a page without parameters."""
    yield cls.key, cls.title, reverse(name)
