"""How use has grown, and when a limit will be reached if it goes on so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from billing.contracts import Meter
from billing.models import UsageDay

LOOKED_AT = timedelta(days=60)
FEWEST = 7  # days; less says nothing
FARTHEST = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class History:
    """Use by day, oldest first, and the day the limit is reached at this pace (None: not within a year)."""

    days: tuple[tuple[date, int], ...]
    full_on: date | None


def note_usage(portal_id: int, meters: Sequence[Meter], today: date | None = None) -> None:
    """Keep today's use of every limit; the day's last count stays."""
    day = today or datetime.now(UTC).date()
    UsageDay.objects.bulk_create(
        [
            UsageDay(portal_id=portal_id, limit=meter.key, day=day, used=meter.used)
            for meter in meters
            if meter.used is not None
        ],
        update_conflicts=True,
        unique_fields=["portal", "limit", "day"],
        update_fields=["used"],
    )


def history(portal_id: int, meters: Sequence[Meter], today: date | None = None) -> dict[str, History]:
    """Use of the last days by limit, in one query."""
    now = today or datetime.now(UTC).date()
    rows: dict[str, list[tuple[date, int]]] = {}
    found = UsageDay.objects.filter(portal_id=portal_id, day__gt=now - LOOKED_AT).order_by("limit", "day")
    for limit, day, used in found.values_list("limit", "day", "used"):
        rows.setdefault(limit, []).append((day, used))
    return {
        meter.key: History(
            days=tuple(rows.get(meter.key, ())), full_on=full_on(rows.get(meter.key, ()), meter.maximum, now)
        )
        for meter in meters
        if meter.used is not None
    }


def full_on(days: Sequence[tuple[date, int]], maximum: int | None, today: date) -> date | None:
    """The day on which the line of best fit through `days` reaches `maximum`; None without growth or too far away."""
    if maximum is None or len(days) < FEWEST or days[-1][1] >= maximum:
        return None
    count = len(days)
    middle = Fraction(sum(day.toordinal() for day, _used in days), count)
    mean = Fraction(sum(used for _day, used in days), count)
    spread = sum((day.toordinal() - middle) ** 2 for day, _used in days)
    slope = sum((day.toordinal() - middle) * (used - mean) for day, used in days) / spread if spread else Fraction(0)
    if slope <= 0:
        return None
    wait = Fraction(maximum - days[-1][1]) / slope
    if wait > FARTHEST.days:
        return None
    return max(days[-1][0], today) + timedelta(days=-(-wait.numerator // wait.denominator))
