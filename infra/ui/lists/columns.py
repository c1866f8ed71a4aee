"""Columns: what a cell shows, and what an export writes for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from infra.kit.errors import Text
from infra.ui import formats
from infra.ui.people import person_html

KINDS = frozenset({"text", "number", "money", "date", "moment", "badge", "person", "phone", "email", "yesno", "url"})
RIGHT_ALIGNED = frozenset({"number", "money"})
Plain = str | int | float | Decimal | datetime | None


def follow(row: Any, path: str) -> Any:
    """The attribute behind a dotted `path`; None as soon as one on the way is None."""
    for name in path.split("."):
        row = getattr(row, name)
        if row is None:
            return None
    return row


def escaped(value: Any) -> str:
    """`value` as HTML text: what is marked safe stays, everything else is escaped."""
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)


def _phone(value: str) -> str:
    return f'<a href="tel:{escape(value)}">{escape(formats.phone(value))}</a>'


def _email(value: str) -> str:
    text = escape(value)
    return f'<a href="mailto:{text}">{text}</a>'


def _url(value: Any) -> str:
    text = escape(str(value))
    if not str(value).startswith(("https://", "http://")):
        return text
    return f'<a href="{text}" target="_blank" rel="noopener noreferrer">{text}</a>'


def _moment(value: datetime) -> str:
    title, text = escape(formats.full_moment(value)), escape(formats.moment(value))
    return f'<time datetime="{value.isoformat()}" title="{title}">{text}</time>'


def _date(value: date) -> str:
    return f'<time datetime="{value.isoformat()}">{escape(formats.day(value))}</time>'


_CELLS: dict[str, Callable[[Any], str]] = {
    "number": lambda value: escape(formats.number(value)),
    "date": _date,
    "moment": _moment,
    "person": person_html,
    "phone": _phone,
    "email": _email,
    "yesno": lambda value: escape(_("yes") if value else _("no")),
    "url": _url,
}


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `value` is a function of the row or a dotted path, by default `key`. `order` names the model column that sorts it,
    which must be among the list's `orders`. `tone` and `currency` are functions of the row. `link` opens the row.
    `fixed` cannot be hidden, `shown=False` is offered but hidden at first. `figures` sets a text to the right,
    as numbers stand. Raises ValueError for an unknown `kind`.
    """

    key: str
    title: Text
    kind: str = "text"
    value: Callable[[Any], Any] | str = ""
    link: bool = False
    fixed: bool = False
    shown: bool = True
    order: str = ""
    tone: Callable[[Any], str] | None = None
    currency: Callable[[Any], str] | str = ""
    figures: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.key}: unknown kind {self.kind!r}")

    def value_of(self, row: Any) -> Any:
        """The raw value."""
        return self.value(row) if callable(self.value) else follow(row, self.value or self.key)

    def currency_of(self, row: Any) -> str:
        """ISO 4217 code of a money cell."""
        return self.currency(row) if callable(self.currency) else self.currency

    @property
    def css(self) -> str:
        """Class of the cells."""
        return "ui-number" if self.figures or self.kind in RIGHT_ALIGNED else ""

    def broken(self, rows: Iterable[Any]) -> bool:
        """Whether one of `rows` has a fraction of money here: then all show theirs, digits under digits."""
        values = (self.value_of(row) for row in rows) if self.kind == "money" else ()
        return any(value is not None and value != "" and value % 1 for value in values)

    def html(self, row: Any, *, cents: bool = False) -> SafeString:
        """The cell, escaped; money with its fraction if `cents`."""
        value = self.value_of(row)
        return SafeString("" if value is None or value == "" else self._html(value, row, cents))

    def _html(self, value: Any, row: Any, cents: bool) -> str:
        match self.kind:
            case "text":
                return escaped(value)
            case "badge":
                tone = escape(self.tone(row)) if self.tone else "neutral"
                return f'<span class="ui-badge ui-tone-{tone}">{escaped(value)}</span>'
            case "money":
                return escape(formats.money(value, self.currency_of(row), cents=cents))
        return _CELLS[self.kind](value)

    def plain(self, row: Any) -> Plain:
        """What an export writes: numbers as numbers, times in the person's zone, people by name."""
        value = self.value_of(row)
        match value:
            case None | bool():
                return None if value is None else (_("yes") if value else _("no"))
            case datetime():
                return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
            case int() | float() | Decimal():
                return value
        if self.kind == "person":
            return str(getattr(value, "display_name", value))
        if self.kind == "phone":
            return formats.phone(value)
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
