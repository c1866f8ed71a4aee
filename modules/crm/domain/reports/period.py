"""Spans of days: those that managers ask for by name, and what each is compared with."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text

OWN, EVER = "own", "ever"
PERIODS: dict[str, Text] = {
    "this_week": _("This week"),
    "last_week": _("Last week"),
    "this_month": pgettext_lazy("a period", "This month"),
    "last_month": _("Last month"),
    "this_quarter": _("This quarter"),
    "last_quarter": _("Last quarter"),
    "this_year": pgettext_lazy("a period", "This year"),
    "last_year": _("Last year"),
    OWN: _("Own dates"),
}
AHEAD: dict[str, Text] = {
    "this_month": pgettext_lazy("a period", "This month"),
    "next_month": _("Next month"),
    "this_quarter": _("This quarter"),
    "next_quarter": _("Next quarter"),
    "this_year": pgettext_lazy("a period", "This year"),
    OWN: _("Own dates"),
}
_SHIFTS = {"last": -1, "this": 0, "next": 1}
_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days `first` to `last`, both within; `before` is what they are compared with, None where with nothing."""

    key: str
    first: date
    last: date
    before: Period | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def months(self) -> list[date]:
        """The first days of the months it touches."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = shifted(month, "month", 1)
        return found


def shifted(day: date, unit: str, by: int) -> date:
    """`day` moved by so many weeks, months, quarters or years; the 31st becomes the last day of a shorter month."""
    if unit == "day":
        return day + timedelta(days=by)
    if unit == "week":
        return day + timedelta(weeks=by)
    months = day.year * 12 + day.month - 1 + by * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def beginning(day: date, unit: str) -> date:
    """The first day of the week (Monday), month, quarter or year that `day` is in."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


def ending(first: date, unit: str) -> date:
    """The last day of the unit that begins at `first`."""
    return shifted(first, unit, 1) - timedelta(days=1)


def period_of(key: str, today: date, typed_from: str = "", typed_to: str = "") -> Period:
    """The period called `key` on the day `today`; own dates as typed (ISO 8601), the running month where they are not.

    What still runs is compared with the same days of the one before: a month half over is not held against a whole one.
    What has not begun is compared with nothing.
    """
    if key == OWN:
        return _own(today, typed_from, typed_to)
    when, _joint, unit = key.partition("_")
    first = shifted(beginning(today, unit), unit, _SHIFTS[when])
    last = ending(first, unit)
    earlier = shifted(first, unit, -1)
    until = ending(earlier, unit)
    if first <= today < last:
        until = min(until, earlier + (today - first))
    before = Period(key="", first=earlier, last=until) if first <= today else None
    return Period(key=key, first=first, last=last, before=before)


def _own(today: date, typed_from: str, typed_to: str) -> Period:
    first, last = _day(typed_from) or beginning(today, "month"), _day(typed_to) or today
    if last < first:
        first, last = last, first
    span = timedelta(days=(last - first).days + 1)
    before = Period(key="", first=first - span, last=last - span) if first - span >= _EARLIEST else None
    return Period(key=OWN, first=first, last=last, before=before)


def _day(typed: str) -> date | None:
    try:
        day = parse_date(typed)
    except ValueError:
        return None
    return day if day is not None and _EARLIEST <= day <= _LATEST else None
