"""What makes a ModuleSpec incomplete or wrong by itself, whatever else the house holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from string import Formatter
from typing import Any

from infra.kit.events import Event
from infra.kit.spec import (
    Feature,
    Limit,
    ModuleSpec,
    NavEntry,
    Permission,
    QuickCreate,
    RecordKind,
    Schedule,
    Scope,
    SearchSource,
    SettingsPage,
    StoredFiles,
    Subscription,
    Widget,
)

KEYED: Mapping[str, type[Any]] = {
    "nav": NavEntry,
    "permissions": Permission,
    "features": Feature,
    "limits": Limit,
    "schedules": Schedule,
    "stored_files": StoredFiles,
    "searches": SearchSource,
    "quick_creates": QuickCreate,
    "widgets": Widget,
    "settings_pages": SettingsPage,
}
_ENTRIES: Mapping[str, type[Any]] = {**KEYED, "handles": Subscription, "records": RecordKind, "export": str}
_ROLES = {"owner", "administrator", "employee", "guest"}
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,30}")
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_REFUSAL = {"maximum", "plan"}
_SHORTEST = timedelta(seconds=1)


class SpecError(Exception):
    """A ModuleSpec is incomplete or wrong; the message names the module, the entry and the mend."""


def require_complete(spec: Any) -> None:
    """Raises SpecError unless `spec` is a whole ModuleSpec whose entries are of their kind, named and filled in."""
    if not isinstance(spec, ModuleSpec):
        raise SpecError(f"{spec!r} is no ModuleSpec")
    if not isinstance(spec.slug, str) or not _SLUG.fullmatch(spec.slug):
        raise SpecError(f"slug {spec.slug!r}: lower-case letters, digits and _ only")
    if not spec.title or not spec.icon:
        raise SpecError(f"{spec.slug}: title and icon are needed")
    for slot, kind in _ENTRIES.items():
        entries = getattr(spec, slot)
        if not isinstance(entries, tuple):
            raise SpecError(f"{spec.slug}.{slot}: a tuple is needed, not {type(entries).__name__}")
        for entry in entries:
            if not isinstance(entry, kind):
                raise SpecError(f"{spec.slug}.{slot}: {entry!r} is no {kind.__name__}")
            if dataclasses.is_dataclass(entry):
                _require_filled(f"{spec.slug}.{slot}", entry)
    _require_keys(spec)
    _require_events(spec)
    for permission in spec.permissions:
        _require_permission(permission)
    for limit in spec.limits:
        if unknown := _places(str(limit.refusal)) - _REFUSAL:
            raise SpecError(f"{limit.key}: its refusal may use {sorted(_REFUSAL)}, not {sorted(unknown)}")
    for schedule in spec.schedules:
        if schedule.every < _SHORTEST:
            raise SpecError(f"{schedule.key}: it comes round every second at most")
    for action, title in spec.actions.items():
        if not _KEY.fullmatch(action) or not title:
            raise SpecError(f"{spec.slug}.actions: {action!r} is <noun>.<verb> with a title for people")


def _places(text: str) -> set[str]:
    """The names that stand in braces; the whole text where the braces do not match."""
    try:
        return {name for _said, name, *_rest in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}


def _require_filled(place: str, entry: Any) -> None:
    """What has no default must be said, not left empty."""
    for field in dataclasses.fields(entry):
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and not getattr(entry, field.name):
            raise SpecError(f"{place}: {getattr(entry, 'key', entry)!r} needs a {field.name}")


def _require_keys(spec: ModuleSpec) -> None:
    for slot in KEYED:
        for entry in getattr(spec, slot):
            if not entry.key.startswith(spec.slug + "."):
                raise SpecError(f"{spec.slug}.{slot}: key {entry.key!r} must start with {spec.slug + '.'!r}")
            if not _KEY.fullmatch(entry.key):
                raise SpecError(f"{spec.slug}.{slot}: key {entry.key!r} is lower-case words apart by points")
    kinds = [kind.kind for kind in spec.records]
    if len(kinds) != len(set(kinds)):
        raise SpecError(f"{spec.slug}.records: a kind is declared twice")
    folders = sorted(f"{stored.folder}/" for stored in spec.stored_files)
    for outer, inner in pairwise(folders):
        if inner.startswith(outer):  # who sweeps the outer one would remove what is kept in the inner one
            raise SpecError(f"{spec.slug}.stored_files: {inner!r} lies inside of {outer!r}")


def _require_events(spec: ModuleSpec) -> None:
    for event in spec.publishes:
        if not (isinstance(event, type) and issubclass(event, Event)):
            raise SpecError(f"{spec.slug}.publishes: {event!r} is no Event")
        if not event.name.startswith(spec.slug + "."):
            raise SpecError(f"{spec.slug}.publishes: {event.__name__}.name must start with {spec.slug + '.'!r}")


def _require_permission(permission: Permission) -> None:
    if unknown := set(permission.defaults) - _ROLES:
        raise SpecError(f"{permission.key}: unknown roles {sorted(unknown)}")
    if Scope.NONE not in permission.scopes:
        raise SpecError(f"{permission.key}: an administrator must be able to choose none")
    if wrong := {scope for scope in permission.defaults.values() if scope not in permission.scopes}:
        raise SpecError(f"{permission.key}: defaults {sorted(wrong)} are not among its scopes")
