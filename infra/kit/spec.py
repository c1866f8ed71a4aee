"""ModuleSpec: the one file by which a module tells the house everything about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, IntEnum, StrEnum

from django.utils.module_loading import import_string

from infra.kit.errors import Text
from infra.kit.events import Event


class Scope(IntEnum):
    """How far a permission reaches: nobody's records, one's own, those of one's department (of all that one heads, with
    what is below), of it and everything below, or all. The numbers are what is kept; the order is that of reach."""

    NONE = 0
    OWN = 1
    DEPARTMENT = 2
    BRANCH = 4
    ALL = 3

    def __lt__(self, other: int) -> bool:
        return _REACH[self] < _REACH[other]

    def __le__(self, other: int) -> bool:
        return _REACH[self] <= _REACH[other]

    def __gt__(self, other: int) -> bool:
        return _REACH[self] > _REACH[other]

    def __ge__(self, other: int) -> bool:
        return _REACH[self] >= _REACH[other]


_REACH: Mapping[int, int] = {scope: place for place, scope in enumerate(Scope)}


class Mode(Enum):
    """When a subscription runs: inside the publisher's transaction, or by a worker after its commit."""

    INLINE = "inline"
    WORKER = "worker"


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """A line of the left menu; shown to people who hold `permission` where the plan has `feature`.

    One that is not `shown` waits under "More" until the person takes it into their menu.
    """

    key: str
    title: Text
    icon: str
    url_name: str
    order: int = 100
    permission: str | None = None
    feature: str | None = None
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Something a role may do. `scopes` are the choices an administrator has; `defaults` seed the built-in roles.

    What is `operator_only` counts in the portal of whoever runs the service, and nowhere else.
    """

    key: str
    title: Text
    scopes: tuple[Scope, ...] = (Scope.NONE, Scope.ALL)
    defaults: Mapping[str, Scope] = field(default_factory=dict)
    operator_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Something a plan includes or lacks.

    `touched(most) -> Sequence[RecordCard]` lists what stops working without it, for the plan simulator.
    """

    key: str
    title: Text
    touched: str = ""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Something a plan bounds.

    `unit` is the word behind the number ("people", "bytes"); `refusal` may use {maximum} and {plan}; `count` is the
    dotted path of a function that counts what is used in the current portal, or "" where billing keeps a counter. Of a
    `rate` (requests a second) nothing is kept: only its maximum is asked. `touched(maximum, most) ->
    Sequence[RecordCard]` lists what a smaller maximum would put over it, newest first, for the plan simulator.
    """

    key: str
    title: Text
    unit: str
    refusal: Text
    hard: bool = True
    count: str = ""
    rate: bool = False
    touched: str = ""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A job that comes round; `per_portal` ones are fanned out over all portals."""

    key: str
    task: str
    every: timedelta
    per_portal: bool = True


@dataclass(frozen=True, kw_only=True)
class StoredFiles:
    """Objects that the module keeps in a folder of the portal's storage: "crm.files" in `crm/files`.

    `in_use() -> Iterable[tuple[key, bytes or None where they are not written down]]` names those that rows point at; a
    key that ends with "/" stands for all below it. The others are swept. What is not `counted` takes no room of the
    plan.
    """

    key: str
    in_use: str
    counted: bool = True

    @property
    def folder(self) -> str:
        """Where the objects are, for `portal_key`."""
        return self.key.replace(".", "/")


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """`handler` (dotted path, called as `handler(event, delivery=…)`) wants to know of `event` (its name; "*": of all).

    Where `wanted` (dotted path) is given, `wanted(name)` says in the transaction of the event whether this portal wants
    to know of it at all.
    """

    event: str
    handler: str
    mode: Mode = Mode.WORKER
    wanted: str = ""

    def wanted_for(self, name: str) -> bool:
        """Whether the portal that is entered wants the event `name`."""
        return not self.wanted or bool(import_string(self.wanted)(name))


@dataclass(frozen=True, kw_only=True)
class RecordKind:
    """A kind of record that others may point at by RecordRef.

    `resolve(actor, id) -> RecordCard | None` answers None where the actor may not see it. `owned(user_id) -> int`
    counts and `transfer(actor=…, from_user=…, to_user=…) -> int` hands over what a leaving person is responsible for.
    """

    kind: str
    title: Text
    title_plural: Text
    icon: str
    resolve: str
    owned: str = ""
    transfer: str = ""


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """`search(actor, text, limit) -> Sequence[RecordCard]`, only what the actor may see."""

    key: str
    title: Text
    search: str
    permission: str | None = None


@dataclass(frozen=True, kw_only=True)
class QuickCreate:
    """An entry of the + menu."""

    key: str
    title: Text
    icon: str
    url_name: str
    permission: str
    feature: str | None = None


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A tile of the start page; `context(request) -> dict` feeds `template`. A `wide` one takes a row of its own.

    Where a person has several tiles of a kind, such as reports of their own, `tiles(request)` gives the key and title
    of each, and `context(request, key)` feeds them.
    """

    key: str
    title: Text
    template: str
    context: str
    permission: str | None = None
    order: int = 100
    wide: bool = False
    tiles: str = ""


class SettingsGroup(StrEnum):
    """Under which heading of the settings a page is listed, in this order."""

    COMPANY = "company"
    PEOPLE = "people"
    WORK = "work"
    TECHNICAL = "technical"


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """A line of the portal's settings; `note` says in a few words what is set there."""

    key: str
    title: Text
    icon: str
    url_name: str
    permission: str
    note: Text = ""
    group: SettingsGroup = SettingsGroup.WORK
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class ModuleSpec:
    """Everything the rest of the house learns about a module. Keys start with `slug.`; paths are dotted.

    `portal_urls`, `public_urls` and `site_urls` are URLconf modules for portal hosts, the service's host and the
    hosts of published sites; `rest` has `register(router)`. `install()` brings the module's rows in the shared tables
    up to the release, after every migration; `seed(portal)` fills a new portal, `demo(portal)` a demo one.
    `actions` gives what the module writes into the audit log (`<noun>.<verb>`) a title for people, `fields` the names
    of what changed (`<field>`, or `<kind>.<field>` where it means something else) that the log's own words lack.
    Objects of the portal's own making add theirs: `own_permissions() -> Mapping[str, Permission]` by key, `own_nav() ->
    Sequence[NavEntry]`, `own_quick_creates() -> Sequence[QuickCreate]`; their `url_name` is a ready address.
    `stored_files` says which objects the module keeps; all else in those folders is swept.
    `largest(most) -> Sequence[tuple[int, RecordCard]]` names the largest files the module keeps, with their bytes.
    `badges(actor) -> Mapping[key of a NavEntry, number]` says how much waits behind the menu's entries; it is asked on
    every page, so it costs one statement.
    `export` lists models for the portal's archive, `erase(user_id)` removes a person's data.
    """

    slug: str
    title: Text
    icon: str
    description: Text = ""
    order: int = 100
    always_on: bool = False
    nav: tuple[NavEntry, ...] = ()
    permissions: tuple[Permission, ...] = ()
    own_permissions: str = ""
    own_nav: str = ""
    own_quick_creates: str = ""
    features: tuple[Feature, ...] = ()
    limits: tuple[Limit, ...] = ()
    portal_urls: str = ""
    public_urls: str = ""
    site_urls: str = ""
    rest: str = ""
    schedules: tuple[Schedule, ...] = ()
    stored_files: tuple[StoredFiles, ...] = ()
    publishes: tuple[type[Event], ...] = ()
    handles: tuple[Subscription, ...] = ()
    records: tuple[RecordKind, ...] = ()
    searches: tuple[SearchSource, ...] = ()
    quick_creates: tuple[QuickCreate, ...] = ()
    widgets: tuple[Widget, ...] = ()
    settings_pages: tuple[SettingsPage, ...] = ()
    actions: Mapping[str, Text] = field(default_factory=dict)
    fields: Mapping[str, Text] = field(default_factory=dict)
    badges: str = ""
    install: str = ""
    seed: str = ""
    demo: str = ""
    largest: str = ""
    export: tuple[str, ...] = ()
    erase: str = ""
