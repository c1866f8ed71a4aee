"""Rows in groups: one statement, each group with its name, its figures and the list behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports.asking import Ask, narrowed
from modules.crm.domain.reports.dimensions import Dimension
from modules.crm.domain.reports.period import shifted

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Group:
    """The records of one value: its figures by name, and the filter of their list."""

    value: Any
    label: str
    query: QueryDict
    figures: Mapping[str, Any] = field(default_factory=dict)


def grouped(
    ask: Ask, kind: Kind, rows: Any, by: Dimension, query: QueryDict, *, largest: str = "n", **aggregates: Any
) -> list[Group]:
    """`rows` (those of the list under `query`) by `by`, with `aggregates`; the one with the largest first.

    Dates come in their order, without holes; stages in that of their pipeline.
    """
    found = list(rows.annotate(group=by.expression).values("group").annotate(**aggregates).order_by())
    return named(ask, by, query, {line["group"]: line for line in found}, largest)


def folded(ask: Ask, lines: Sequence[Mapping[str, Any]], by: Dimension, column: str, query: QueryDict) -> list[Group]:
    """`lines`, sums of finer groups, added up by their `column`, of which `by` tells the names."""
    found: dict[Any, dict[str, Any]] = {}
    for line in lines:
        part = found.setdefault(line[column], {})
        for key in ("n", "total"):
            part[key] = (part.get(key) or 0) + (line.get(key) or 0)
    return named(ask, by, query, found, "n")


def named(
    ask: Ask, by: Dimension, query: QueryDict, found: Mapping[Any, Mapping[str, Any]], largest: str
) -> list[Group]:
    """Groups of `found` (figures by value) in order, with their names and filters."""
    chosen = set(query.getlist(by.key)) if by.many else set()
    if chosen:  # of several options of a record those that the filter names
        found = {value: figures for value, figures in found.items() if str(value) in chosen}
    values = _without_holes(by, found) if by.unit else list(found)
    labels = by.labels(ask, values)
    ranks = {value: rank for rank, value in enumerate(labels)}

    def place(value: Any) -> tuple[Any, ...]:
        if by.unit or by.ranked:
            return (value is None, ranks.get(value, len(ranks)))
        return (-(found[value].get(largest) or 0), value is None, by.label(labels, value))

    return [
        Group(
            value=value,
            label=by.label(labels, value),
            query=narrowed(query, **by.params(value)),
            figures=found.get(value, {}),
        )
        for value in sorted(values, key=place)
    ]


def cut(groups: Sized, most: int = MOST) -> Text:
    """The note below a table that has no room for all of `groups`, "" where it has."""
    return _("The first %(n)d groups are shown.") % {"n": most} if len(groups) > most else ""


def _without_holes(by: Dimension, found: Mapping[Any, Any]) -> Sequence[Any]:
    known = sorted(value for value in found if value is not None)
    none = [None] if None in found else []
    if len(known) < 2:
        return [*known, *none]
    values: list[Any] = []
    value = known[0]
    while value <= known[-1] and len(values) < MOST:
        values.append(value)
        value = _next(value, by.unit)
    return [*(values if set(known) <= set(values) else known), *none]


def _next(value: Any, unit: str) -> Any:
    if isinstance(value, datetime):
        day = shifted(timezone.localtime(value).date(), unit, 1)
        return timezone.make_aware(datetime.combine(day, time()))
    return shifted(value, unit, 1)
