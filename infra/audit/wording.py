"""An entry of the log in words: each field by its name, what it was, what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from infra.audit.models import AuditEntry
from infra.audit.words import FIELDS, PEOPLE, SCOPES, VALUES
from infra.kit.errors import Text, UnknownName
from infra.kit.registry import registry
from infra.ui import formats
from infra.ui.languages import NAMES as LANGUAGES

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNT = re.compile(r"-?\d+\.\d+")
_NOTHING: tuple[Any, ...] = (None, "", [], {})
PERSON = ("people", "person")  # the one kind of record whose names this floor may read: it is Django's user model
People = Mapping[int, str]


@dataclass(frozen=True)
class Change:
    """One changed field: its name, and what it was and is, in words; "" where there was or is nothing."""

    label: str
    before: str
    after: str

    @property
    def html(self) -> SafeString:
        """`Name: before → after`, without the arrow where something first came to be."""
        if not self.before:
            return format_html("<b>{}:</b> {}", self.label, self.after or "—")
        return format_html("<b>{}:</b> {} → {}", self.label, self.before, self.after or "—")


def told(entry: AuditEntry, people: People | None = None) -> list[Change]:
    """The changes of `entry`; `people` gives names to ids (see `names_of`)."""
    names = people or {}
    return [
        Change(title_of(entry, name), _words(name, old, names), _words(name, new, names))
        for name, (old, new) in entry.changes.items()
    ]


def told_html(entry: AuditEntry, people: People | None = None) -> SafeString:
    """The same as lines, the note last."""
    lines = format_html_join("", "<div>{}</div>", ((change.html,) for change in told(entry, people)))
    return format_html("{}<div>{}</div>", lines, entry.note) if entry.note else lines


def names_of(entries: Iterable[AuditEntry]) -> People:
    """Names of all people that the entries speak of by id, in one statement."""
    wanted = {pk for entry in entries for pk in _ids(entry)}
    if not wanted:
        return {}
    return {person.pk: str(person) for person in get_user_model()._default_manager.filter(pk__in=wanted)}


def title_of(entry: AuditEntry, name: str) -> str:
    """A field's name for people: the room's own word, a permission's or limit's title, the house's word, else the
    name itself as a word."""
    spec = registry.modules.get(entry.module)
    own = spec.fields if spec else {}
    title: Text | None = own.get(f"{entry.kind}.{name}") or own.get(name) or FIELDS.get(name) or _declared(name)
    return str(title) if title else name.removesuffix("_id").replace("_", " ").capitalize()


def _declared(name: str) -> Text | None:
    for find in (registry.permission, registry.limit, registry.feature):
        try:
            return find(name).title
        except UnknownName:
            continue
    return None


def _ids(entry: AuditEntry) -> Iterator[int]:
    if (entry.module, entry.kind) == PERSON and entry.record_id is not None:
        yield entry.record_id
    for name, pair in entry.changes.items():
        if name in PEOPLE:
            for value in pair:
                yield from (one for one in (value if isinstance(value, list) else [value]) if type(one) is int)


def _words(name: str, value: Any, people: People) -> str:
    if value in _NOTHING:
        return ""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case int() if name in PEOPLE:
            return people.get(value, _("Person %(id)s") % {"id": value})
        case int() | float():
            return formats.number(value)
        case list():
            return ", ".join(_words(name, item, people) for item in value)
        case dict():
            return ", ".join(f"{key}: {_words(key, item, people) or '—'}" for key, item in value.items())
        case str():
            return _text(name, value)
    return str(value)


def _text(name: str, value: str) -> str:
    known = VALUES.get(name, {}).get(value)
    if known is None and "." in name:
        known = SCOPES.get(value)
    if known is not None:
        return str(known)
    if name in ("locale", "language"):
        return LANGUAGES.get(value, value)
    if name == "time_zone":
        return value.replace("_", " ")
    try:
        if _MOMENT.match(value):
            return formats.moment(datetime.fromisoformat(value))
        if _DAY.fullmatch(value):
            return formats.day(date.fromisoformat(value))
    except ValueError:
        return value
    return formats.number(Decimal(value)) if _AMOUNT.fullmatch(value) else value
