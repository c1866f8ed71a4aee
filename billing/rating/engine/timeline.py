"""Which rule is in force at an instant: looked up in local time, walked in UTC, so that DST shifts come out right."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.rating.engine.tariff import Period

DAY = 86_400
NEVER = 1 << 62
_KEPT_DAYS = 4_000


def _second(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


class Timeline:
    """Answers `at(second)`: the index of the period in force (-1: none) and the second from which another is.

    Seconds are Unix time. Days once worked out are kept.
    """

    def __init__(self, periods: Sequence[Period], zone: str, holidays: frozenset[date]) -> None:
        self._periods = [(_second(period.since), _second(period.until), period) for period in periods]
        self._zone = ZoneInfo(zone)
        self._holidays = holidays
        self._borders = sorted({0, *(edge for since, until, _ in self._periods for edge in (since, until))})
        self._days: dict[int, tuple[list[int], list[int]]] = {}

    def at(self, second: int) -> tuple[int, int]:
        """(index of the period, the second until which that is sure)."""
        if not self._periods:
            return -1, NEVER
        starts, rules = self._day(second // DAY)
        place = bisect_right(starts, second) - 1
        return rules[place], starts[place + 1]

    def rule_at(self, second: int) -> int:
        """The index of the period in force at `second`, by looking at the wall clock; -1 for none."""
        local = datetime.fromtimestamp(second, self._zone)
        today, clock = local.date(), _second(local.time())
        best, best_key = -1, (-NEVER, -NEVER, False, -NEVER)
        for index, (since, until, period) in enumerate(self._periods):
            for day, ahead in ((today, 0), (today - timedelta(days=1), DAY)):
                begin, end = since - ahead, until + (DAY if until <= since else 0) - ahead
                holiday = period.holidays and day in self._holidays
                if begin <= clock < end and (holiday or day.isoweekday() in period.weekdays):
                    best_key, best = max((best_key, best), ((period.weight, begin, holiday, -index), index))
        return best

    def _day(self, number: int) -> tuple[list[int], list[int]]:
        """The UTC day `number` as seconds at which the rule may change, with the rule from each on."""
        kept = self._days.get(number)
        if kept is not None:
            return kept
        begin, end = number * DAY, (number + 1) * DAY
        edges = {begin, *self._transitions(begin, end)}
        middle = datetime.fromtimestamp(begin, UTC).date()
        for day in (middle - timedelta(days=1), middle, middle + timedelta(days=1)):
            for border in self._borders:
                wall = datetime.combine(day, time(border // 3600, border // 60 % 60, border % 60), self._zone)
                edges.update(int(wall.replace(fold=fold).timestamp()) for fold in (0, 1))
        starts = sorted(edge for edge in edges if begin <= edge < end)
        rules = [self.rule_at(start) for start in starts]
        if len(self._days) >= _KEPT_DAYS:
            self._days.clear()
        self._days[number] = ([*starts, end], rules)
        return self._days[number]

    def _transitions(self, begin: int, end: int) -> list[int]:
        """Seconds between `begin` and `end` at which the zone's clocks are set forward or back."""
        found = []
        for hour in range(begin, end, 3600):
            low, high = hour, hour + 3600
            if self._offset(low) == self._offset(high):
                continue
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if self._offset(middle) != self._offset(low) else (middle, high)
            found.append(high)
        return found

    def _offset(self, second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, self._zone).utcoffset()
