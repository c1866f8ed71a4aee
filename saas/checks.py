"""Start-up checks: every dotted path of a spec leads somewhere, every URL declares who may open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from infra.api.viewsets import ANY_PERSON
from infra.jobs.jobs import scheduled
from infra.kit.errors import UnknownName
from infra.kit.registry import registry
from infra.kit.screens import gate_of
from infra.kit.spec import ModuleSpec, NavEntry, QuickCreate, SettingsPage
from infra.kit.spec_checks import SpecError

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


def unknown_names(view: Any) -> Iterator[str]:
    """Permissions and features that `view` wants and no module declares."""
    gate = gate_of(view)
    permissions = {gate.permission} if gate else set()
    permissions |= set((getattr(getattr(view, "cls", None), "permissions", None) or {}).values())
    features = {gate.feature} if gate else set()
    for names, ask in ((permissions - {None, ANY_PERSON}, registry.permission), (features - {""}, registry.feature)):
        for name in names:
            try:
                ask(str(name))
            except UnknownName as error:
                yield str(error)


def check_gates(**_: Any) -> list[CheckMessage]:
    """A URL without a declared gate is an error, and one whose gate asks for what nobody declares."""
    found: list[CheckMessage] = []
    for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF, settings.SITES_URLCONF):
        for route in routes(urlconf):
            place = f"{route.path} ({route.urlconf})"
            if not declares_gate(route.view):
                hint = "Put @screen, @guest_page or @public_page on the view, or give the API view `permissions`."
                found.append(Error(f"{place} declares no gate", hint=hint, id="saas.E001"))
            found += [Error(f"{place}: {fault}", id="saas.E003") for fault in unknown_names(route.view)]
    return found


def check_specs(**_: Any) -> list[CheckMessage]:
    """A name in a spec that leads nowhere is an error."""
    try:
        registry.check_paths()
    except SpecError as error:
        return [Error(str(error), id="saas.E002")]
    return [Error(fault, id="saas.E002") for spec in registry.modules.values() for fault in dead_ends(spec)]


def dead_ends(spec: ModuleSpec) -> Iterator[str]:
    """What `spec` names and the house does not have: addresses, templates, tasks, models."""
    entries: list[NavEntry | QuickCreate | SettingsPage] = [*spec.nav, *spec.quick_creates, *spec.settings_pages]
    for entry in entries:
        try:
            reverse(entry.url_name, urlconf=settings.ROOT_URLCONF)
        except NoReverseMatch:
            yield f"{entry.key}: no page is called {entry.url_name!r}"
    for widget in spec.widgets:
        try:
            get_template(widget.template)
        except TemplateDoesNotExist:
            yield f"{widget.key}: there is no template {widget.template!r}"
    for schedule in spec.schedules:
        try:
            scheduled(schedule)
        except UnknownName as error:
            yield f"{schedule.key}: {error}"
    for label in spec.export:
        try:
            apps.get_model(label)
        except (LookupError, ValueError):
            yield f"{spec.slug}.export: there is no model {label!r}"
