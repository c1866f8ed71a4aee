"""Columns: what a cell shows, and what an export writes for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
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


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `value` is a function of the row or a dotted path, by default `key`. `order` names the model column that sorts it,
    which must be among the list's `orders`. `tone` and `currency` are functions of the row. `link` opens the row.
    `fixed` cannot be hidden, `shown=False` is offered but hidden at first. Raises ValueError for an unknown `kind`.
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
        return "ui-number" if self.kind in RIGHT_ALIGNED else ""

    def html(self, row: Any) -> str:
        """The cell, escaped."""
        value = self.value_of(row)
        if value is None or value == "":
            return ""
        match self.kind:
            case "badge":
                tone = self.tone(row) if self.tone else "neutral"
                return format_html('<span class="ui-badge ui-tone-{}">{}</span>', tone, value)
            case "person":
                return person_html(value)
            case "phone":
                return format_html('<a href="tel:{}">{}</a>', value, formats.phone(value))
            case "email":
                return format_html('<a href="mailto:{}">{}</a>', value, value)
            case "url":
                if not str(value).startswith(("https://", "http://")):
                    return conditional_escape(value)
                return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', value, value)
            case "moment":
                return format_html(
                    '<time datetime="{}" title="{}">{}</time>',
                    value.isoformat(),
                    formats.full_moment(value),
                    formats.moment(value),
                )
            case "date":
                return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.day(value))
            case "number":
                return conditional_escape(formats.number(value))
            case "money":
                return conditional_escape(formats.money(value, self.currency_of(row)))
            case "yesno":
                return conditional_escape(_("yes") if value else _("no"))
        return conditional_escape(value) if not isinstance(value, SafeString) else value

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
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
