"""Start-up checks: every dotted path of a spec leads somewhere, every URL declares who may open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, URLResolver, get_resolver

from infra.kit.registry import SpecError, registry
from infra.kit.screens import gate_of

# Views of libraries, which cannot wear our decorator: who may open them is decided by the named setting or wrapper.
_LIBRARY_PREFIXES = ("allauth.", "django.contrib.admin.", "drf_spectacular.")


@dataclass(frozen=True)
class Route:
    """One URL pattern of one URLconf: where it is, how it is called, and the view behind it."""

    urlconf: str
    path: str
    name: str
    view: Any


def routes(urlconf: str) -> Iterator[Route]:
    """Every route that `urlconf` (dotted path) reaches, depth first."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern), inner)
            else:
                yield Route(
                    urlconf, prefix + str(pattern.pattern), f"{namespace}{pattern.name or ''}", pattern.callback
                )

    yield from walk(get_resolver(urlconf).url_patterns, "/", "")


def declares_gate(view: Any) -> bool:
    """Whether `view` says who may open it: our decorators, an API view's `permissions`, or a library's own rule."""
    if gate_of(view) is not None:
        return True
    view_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if view_class is not None and (getattr(view_class, "permissions", None) is not None or gate_of(view_class)):
        return True
    return str(getattr(view_class or view, "__module__", "")).startswith(_LIBRARY_PREFIXES)


def check_gates(**_: Any) -> list[CheckMessage]:
    """A URL without a declared gate is an error."""
    found: list[CheckMessage] = []
    for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF, settings.SITES_URLCONF):
        found += [
            Error(
                f"{route.path} ({route.urlconf}) declares no gate",
                hint="Decorate the view with @screen, @guest_page or @public_page, or give the API view `permissions`.",
                id="saas.E001",
            )
            for route in routes(urlconf)
            if not declares_gate(route.view)
        ]
    return found


def check_specs(**_: Any) -> list[CheckMessage]:
    """A dotted path in a spec that leads nowhere is an error."""
    try:
        registry.check_paths()
    except SpecError as error:
        return [Error(str(error), id="saas.E002")]
    return []
