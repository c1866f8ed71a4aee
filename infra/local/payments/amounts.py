"""Money in minor units, and the calendar of periods."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from fractions import Fraction


def rounded(amount: Fraction) -> int:
    """To a whole minor unit, halves away from zero."""
    whole = int(abs(amount) + Fraction(1, 2))
    return whole if amount >= 0 else -whole


def share(price: int, at: int, start: int, end: int) -> int:
    """What of `price` falls on the time from `at` to the end of the period, to the second."""
    return rounded(Fraction(price) * Fraction(max(end - max(at, start), 0), end - start))


def after(anchor: int, interval: str, count: int) -> int:
    """`count` months or years after `anchor`; where the month is too short, its last day (31 January → 28 February)."""
    begun = datetime.fromtimestamp(anchor, UTC)
    months = begun.month - 1 + count * (12 if interval == "year" else 1)
    year, month = begun.year + months // 12, months % 12 + 1
    day = min(begun.day, calendar.monthrange(year, month)[1])
    return int(begun.replace(year=year, month=month, day=day).timestamp())


def period_end(anchor: int, interval: str, start: int) -> int:
    """The end of the period that begins at `start` in the calendar of `anchor`."""
    count = 1
    while after(anchor, interval, count) <= start:
        count += 1
    return after(anchor, interval, count)
