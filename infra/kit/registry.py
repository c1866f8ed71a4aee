"""The registry: all ModuleSpecs of the house, checked once at start-up and frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.module_loading import import_string

from infra.kit.errors import Text, UnknownName
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
    SearchSource,
    SettingsPage,
    StoredFiles,
    Subscription,
    Widget,
)
from infra.kit.spec_checks import KEYED, SpecError, require_complete


class Registry:
    """Answers what modules declare. Asking for a name nobody declares raises UnknownName."""

    def __init__(self) -> None:
        self._modules: dict[str, ModuleSpec] = {}
        self._index: dict[str, dict[str, Any]] = {}
        self._events: dict[str, type[Event]] = {}
        self._subscriptions: dict[str, tuple[Subscription, ...]] = {}
        self._records: dict[tuple[str, str], RecordKind] = {}
        self._actions: dict[str, Text] = {}

    def load(self, specs: Iterable[ModuleSpec]) -> None:
        """Check `specs` together and make them the house's only truth. Raises SpecError; then nothing is loaded."""
        complete = list(specs)
        for spec in complete:
            require_complete(spec)
        modules: dict[str, ModuleSpec] = {}
        for spec in sorted(complete, key=lambda spec: (spec.order, spec.slug)):
            if spec.slug in modules:
                raise SpecError(f"two modules call themselves {spec.slug!r}")
            modules[spec.slug] = spec
        index = {slot: self._keyed(modules.values(), slot) for slot in KEYED}
        events = self._collect_events(modules.values())
        self._check_names(modules.values(), index, events)
        subscriptions: dict[str, list[Subscription]] = defaultdict(list)
        for spec in modules.values():
            for subscription in spec.handles:
                for name in events if subscription.event == "*" else (subscription.event,):
                    subscriptions[name].append(subscription)
        self._records = {(spec.slug, kind.kind): kind for spec in modules.values() for kind in spec.records}
        self._actions = self._collect_actions(modules.values())
        self._modules, self._index, self._events = modules, index, events
        self._subscriptions = {name: tuple(items) for name, items in subscriptions.items()}

    @staticmethod
    def _keyed(specs: Iterable[ModuleSpec], slot: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for spec in specs:
            for item in getattr(spec, slot):
                if item.key in found:
                    raise SpecError(f"{spec.slug}.{slot}: key {item.key!r} is declared twice")
                found[item.key] = item
        return found

    @staticmethod
    def _collect_events(specs: Iterable[ModuleSpec]) -> dict[str, type[Event]]:
        events: dict[str, type[Event]] = {}
        for spec in specs:
            for event in spec.publishes:
                if event.name in events:
                    raise SpecError(f"event {event.name!r} is declared twice")
                events[event.name] = event
        return events

    @staticmethod
    def _collect_actions(specs: Iterable[ModuleSpec]) -> dict[str, Text]:
        actions: dict[str, Text] = {}
        for spec in specs:
            if twice := sorted(set(actions) & set(spec.actions)):
                raise SpecError(f"{spec.slug}.actions: another module has a title for {twice} already")
            actions |= spec.actions
        return actions

    @staticmethod
    def _check_names(
        specs: Iterable[ModuleSpec], index: Mapping[str, Mapping[str, Any]], events: Mapping[str, type[Event]]
    ) -> None:
        for spec in specs:
            for slot in KEYED:
                for item in getattr(spec, slot):
                    permission = getattr(item, "permission", None)
                    if permission is not None and permission not in index["permissions"]:
                        raise SpecError(f"{spec.slug}.{slot}: unknown permission {permission!r}")
                    feature = getattr(item, "feature", None)
                    if feature is not None and feature not in index["features"]:
                        raise SpecError(f"{spec.slug}.{slot}: unknown feature {feature!r}")
            for subscription in spec.handles:
                if subscription.event != "*" and subscription.event not in events:
                    raise SpecError(f"{spec.slug}.handles: no module publishes {subscription.event!r}")

    # -- answers ---------------------------------------------------------------------------------------------------

    @property
    def modules(self) -> Mapping[str, ModuleSpec]:
        """All specs by slug, in menu order."""
        return self._modules

    def _find(self, slot: str, key: str) -> Any:
        try:
            return self._index[slot][key]
        except KeyError:
            raise UnknownName(f"no module declares {key!r} among its {slot}") from None

    def permission(self, key: str) -> Permission:
        """The permission `key`, declared or of the portal that is entered. Raises UnknownName."""
        declared: Permission | None = self._index["permissions"].get(key)
        if declared is not None:
            return declared
        spec = self._modules.get(key.partition(".")[0])
        own = self._own(spec).get(key) if spec is not None else None
        return own or self._find("permissions", key)

    @staticmethod
    def _own(spec: ModuleSpec) -> Mapping[str, Permission]:
        return import_string(spec.own_permissions)() if spec.own_permissions else {}

    def permissions_here(self) -> tuple[Permission, ...]:
        """All permissions of the portal that is entered: the declared ones, and those of what it made itself."""
        found: list[Permission] = []
        for spec in self._modules.values():
            found += [item for item in self.permissions if item.key.startswith(f"{spec.slug}.")]
            found += self._own(spec).values()
        return tuple(found)

    def feature(self, key: str) -> Feature:
        """The declared feature `key`. Raises UnknownName."""
        found: Feature = self._find("features", key)
        return found

    def limit(self, key: str) -> Limit:
        """The declared limit `key`. Raises UnknownName."""
        found: Limit = self._find("limits", key)
        return found

    def event(self, name: str) -> type[Event]:
        """The event class that publishes under `name`. Raises UnknownName."""
        try:
            return self._events[name]
        except KeyError:
            raise UnknownName(f"no module publishes {name!r}") from None

    def record_kind(self, module: str, kind: str) -> RecordKind:
        """The declared record kind. Raises UnknownName."""
        try:
            return self._records[module, kind]
        except KeyError:
            raise UnknownName(f"no module declares records of kind {module}.{kind}") from None

    def subscriptions(self, event: str) -> tuple[Subscription, ...]:
        """Who wants to know of the event named `event`, in module order."""
        return self._subscriptions.get(event, ())

    def _all(self, slot: str) -> Iterator[Any]:
        yield from sorted(self._index.get(slot, {}).values(), key=lambda item: getattr(item, "order", 0))

    @property
    def nav(self) -> tuple[NavEntry, ...]:
        """Menu entries in order."""
        return tuple(self._all("nav"))

    def nav_here(self) -> tuple[NavEntry, ...]:
        """Menu entries of the portal that is entered, those of its own objects among them."""
        return self._with_own(self.nav, "own_nav")

    def quick_creates_here(self) -> tuple[QuickCreate, ...]:
        """Entries of the + menu of the portal that is entered."""
        return self._with_own(self.quick_creates, "own_quick_creates")

    def _with_own(self, declared: tuple[Any, ...], slot: str) -> tuple[Any, ...]:
        found = list(declared)
        for spec in self._modules.values():
            if path := getattr(spec, slot):
                found += import_string(path)()
        return tuple(sorted(found, key=lambda item: getattr(item, "order", 0)))

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """All permissions, grouped by module order."""
        return tuple(self._all("permissions"))

    @property
    def features(self) -> tuple[Feature, ...]:
        """All features."""
        return tuple(self._all("features"))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All limits."""
        return tuple(self._all("limits"))

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules."""
        return tuple(self._all("schedules"))

    @property
    def stored_files(self) -> tuple[StoredFiles, ...]:
        """All folders of a portal's storage, with who says what is in use there."""
        return tuple(self._all("stored_files"))

    @property
    def searches(self) -> tuple[SearchSource, ...]:
        """All sources of the global search."""
        return tuple(self._all("searches"))

    @property
    def quick_creates(self) -> tuple[QuickCreate, ...]:
        """All entries of the + menu."""
        return tuple(self._all("quick_creates"))

    @property
    def widgets(self) -> tuple[Widget, ...]:
        """All tiles of the start page, in default order."""
        return tuple(self._all("widgets"))

    @property
    def settings_pages(self) -> tuple[SettingsPage, ...]:
        """All pages of the portal's settings, in order."""
        return tuple(self._all("settings_pages"))

    @property
    def records(self) -> Mapping[tuple[str, str], RecordKind]:
        """All record kinds by (module, kind)."""
        return self._records

    @property
    def actions(self) -> Mapping[str, Text]:
        """Titles of what the audit log may hold, by action."""
        return self._actions

    def check_paths(self) -> None:
        """Import every dotted path that a spec names. Raises SpecError on the first that leads nowhere."""
        for spec in self._modules.values():
            for label, path in _paths(spec):
                if not callable(_load(spec.slug, label, path)):
                    raise SpecError(f"{spec.slug}.{label}: {path} is not callable")
            for label in ("portal_urls", "public_urls", "site_urls"):
                if urlconf := getattr(spec, label):
                    _load(spec.slug, label, f"{urlconf}.urlpatterns")


def _paths(spec: ModuleSpec) -> Iterator[tuple[str, str]]:
    named: list[tuple[str, str]] = [("seed", spec.seed), ("demo", spec.demo), ("erase", spec.erase)]
    named += [("install", spec.install), ("own_permissions", spec.own_permissions)]
    named += [("own_nav", spec.own_nav), ("own_quick_creates", spec.own_quick_creates)]
    named += [("badges", spec.badges), ("largest", spec.largest)]
    named += [("rest", f"{spec.rest}.register" if spec.rest else "")]
    named += [(f"handles {item.event}", path) for item in spec.handles for path in (item.handler, item.wanted)]
    named += [(f"limits {item.key}", path) for item in spec.limits for path in (item.count, item.touched)]
    named += [(f"stored_files {item.key}", item.in_use) for item in spec.stored_files]
    named += [(f"features {item.key}", item.touched) for item in spec.features]
    named += [(f"searches {item.key}", item.search) for item in spec.searches]
    named += [(f"widgets {item.key}", item.context) for item in spec.widgets]
    named += [(f"widgets {item.key}", item.tiles) for item in spec.widgets]
    for kind in spec.records:
        named += [(f"records {kind.kind}", path) for path in (kind.resolve, kind.owned, kind.transfer)]
    yield from ((label, path) for label, path in named if path)


def _load(slug: str, label: str, path: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        raise SpecError(f"{slug}.{label}: {error}") from error


registry = Registry()
