"""How soon: counts by how long it took, and the middle of it without sorting all.

A first look counts by steps of an eighth each; by these counts one knows in which step each middle lies, and how many
come before it. A second look sorts what lies within those steps alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DurationField, ExpressionWrapper, F, Func, IntegerField, Q, Sum, Value, Window
from django.db.models.functions import RowNumber

from modules.crm.domain.reports.dimensions import Dimension
from modules.crm.domain.reports.measures import Median
from modules.crm.filters import ANSWERED

TOOK = ExpressionWrapper(F("answered_at") - F("created_at"), output_field=DurationField())
_LIMITS = {name: high for name, (_low, high) in ANSWERED.items() if high is not None}
_STEPS = sorted({*_LIMITS.values(), *(timedelta(seconds=round(20 * 1.125**step)) for step in range(125))})
# Counted from the longest, so that a step holds its upper end, as the filter of the list has it.
_STEP = Func(
    F("created_at") - F("answered_at"),
    Value([-step for step in reversed(_STEPS)], output_field=ArrayField(DurationField())),
    function="WIDTH_BUCKET",
    output_field=IntegerField(),
)


class _MiddleSpan(Median):
    """The middle of spans of time."""

    output_field: Any = DurationField()


@dataclass
class Spread:
    """The answered ones by step, all that they took together, and how many were not answered."""

    steps: dict[int, int] = field(default_factory=dict)
    took: timedelta = timedelta()
    unanswered: int = 0

    @property
    def answered(self) -> int:
        """How many were answered."""
        return sum(self.steps.values())

    @property
    def average(self) -> timedelta | None:
        """How long an answer took on average."""
        return self.took / self.answered if self.steps else None

    def add(self, other: Spread) -> None:
        """Take those of `other` in."""
        for step, number in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + number
        self.took += other.took
        self.unanswered += other.unanswered

    def taken(self) -> dict[str, int]:
        """How many were answered how soon, as the filter of the list names it."""
        found = {**dict.fromkeys(ANSWERED, 0), "none": self.unanswered}
        for step, number in self.steps.items():
            name = next((name for name, high in _LIMITS.items() if step <= _STEPS.index(high)), "later")
            found[name] += number
        return found

    def _middles(self) -> list[int]:
        """The places, from 0, of the one or two in the middle."""
        return sorted({(self.answered - 1) // 2, self.answered // 2})

    def around(self) -> tuple[int, int]:
        """The steps that the middle begins and ends in."""
        steps = sorted(self.steps)
        until = list(accumulate(self.steps[step] for step in steps))
        found = [steps[bisect_right(until, place)] for place in self._middles()]
        return found[0], found[-1]

    def places(self, first: int) -> list[int]:
        """The places of the middle, from 1, among those in the step `first` and after it."""
        before = sum(number for step, number in self.steps.items() if step < first)
        return [place - before + 1 for place in self._middles()]


def spreads(rows: Any, by: Dimension | None) -> dict[Any, Spread]:
    """Of each group of `rows` how soon they were answered; without `by` all are one."""
    found: dict[Any, Spread] = {}
    rows = rows.annotate(group=by.expression if by is not None else Value(0), step=_STEP)
    for line in rows.values("group", "step").annotate(n=Count("pk"), took=Sum(TOOK)).order_by():
        spread = found.setdefault(line["group"], Spread())
        if line["step"] is None:
            spread.unanswered = line["n"]
        else:
            spread.add(Spread({len(_STEPS) - line["step"]: line["n"]}, line["took"]))
    return found


def middles(
    rows: Any, whole: Spread, by: Dimension | None = None, parts: Mapping[Any, Spread] | None = None
) -> tuple[timedelta | None, dict[Any, timedelta]]:
    """The middle of how long answers took: of all of `rows`, and of each group; their spreads are known."""
    if not whole.steps:
        return None, {}
    if by is not None and by.many:  # PostgreSQL has no window over several groups of one record
        lines = rows.filter(answered_at__isnull=False).annotate(group=by.expression).values("group")
        found = {line["group"]: line["middle"] for line in lines.annotate(middle=_MiddleSpan(TOOK)).order_by()}
        return middles(rows, whole)[0], found
    known = {group: spread for group, spread in (parts or {}).items() if spread.steps}
    around = [spread.around() for spread in (whole, *known.values())]
    first, last = min(low for low, _high in around), max(high for _low, high in around)
    of_all, places = whole.places(first), {group: spread.places(first) for group, spread in known.items()}
    rows = rows.annotate(group=by.expression if by is not None else Value(0), took=TOOK).filter(_between(first, last))
    rows = rows.annotate(
        place=Window(RowNumber(), partition_by=F("group"), order_by="took"), among=Window(RowNumber(), order_by="took")
    )
    wanted = sorted({place for of_group in places.values() for place in of_group})
    spans: dict[Any, list[timedelta]] = {group: [] for group in known}
    every: list[timedelta] = []
    rows = rows.filter(Q(place__in=wanted) | Q(among__in=of_all))
    for group, took, place, among in rows.values_list("group", "took", "place", "among").order_by():
        if place in places.get(group, ()):
            spans[group].append(took)
        if among in of_all:
            every.append(took)
    return _mean(every), {group: _mean(found) for group, found in spans.items()}


def _mean(spans: list[timedelta]) -> timedelta:
    return sum(spans, timedelta()) / len(spans)


def _between(first: int, last: int) -> Q:
    """The condition that an answer took as long as one of the steps `first` to `last`."""
    found = Q(answered_at__isnull=False)
    if first:
        found &= Q(took__gt=_STEPS[first - 1])
    return found & Q(took__lte=_STEPS[last]) if last < len(_STEPS) else found
