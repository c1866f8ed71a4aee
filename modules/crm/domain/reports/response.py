"""How soon leads are answered: the first thing a person does with one after it was created."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Case, CharField, Count, DurationField, ExpressionWrapper, F, Value, When
from django.http import QueryDict
from django.utils.translation import gettext as _

from modules.crm.domain.kinds import LEAD
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed
from modules.crm.domain.reports.dimensions import Dimension
from modules.crm.domain.reports.figures import Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import named
from modules.crm.domain.reports.measures import Median
from modules.crm.filters import ANSWERED, ANSWERS


class MedianSpan(Median):
    """The middle of spans of time: of their seconds, which are sorted several times as fast as intervals."""

    template = (
        "MAKE_INTERVAL(secs => %(function)s(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM %(expressions)s)::float8))"
    )
    output_field: Any = DurationField()


_TOOK = ExpressionWrapper(F("answered_at") - F("created_at"), output_field=DurationField())


def bucket() -> Any:
    """How soon a lead was answered, as the filter of the list names it."""
    cases = [
        When(answered_at__lte=F("created_at") + high, then=Value(name))
        for name, (_low, high) in ANSWERED.items()
        if high is not None
    ]
    return Case(
        When(answered_at__isnull=True, then=Value("none")),
        *cases,
        default=Value("later"),
        output_field=CharField(),
    )


def response(ask: Ask, by: Dimension) -> Figures:
    """How many leads of the period were answered how soon, the middle and the average time, and by `by`."""
    if not ask.sees(LEAD):
        return Figures(empty=True)
    query = ask.during("created_at")
    rows = ask.rows(LEAD, query)
    parts = _parts(rows, by)
    counts: dict[str, int] = {}
    for part in parts.values() if not by.many else _parts(rows, None).values():
        for taken, n in part.items():
            counts[taken] = counts.get(taken, 0) + n
    number = sum(counts.values())
    if not number:
        return Figures(empty=True)
    times = _times(rows)
    earlier = ask.earlier()
    then, soon_before = None, None
    if earlier is not None:
        rows_before = earlier.rows(LEAD, earlier.during("created_at"))
        then = _times(rows_before)
        soon_before = figures.percent(*_soon_of(_parts(rows_before, None).get(0, {})))
    soon, _all = _soon_of(counts)
    points = [
        Point(
            label=str(title),
            values=[counts.get(name, 0)],
            urls=[ask.link(LEAD, narrowed(query, answered=name)) if counts.get(name) else ""],
        )
        for name, title in ANSWERS
    ]
    waiting = figures.count(counts.get("none", 0), ask.link(LEAD, narrowed(query, answered="none")), "warning")
    return Figures(
        stats=[
            Stat(
                label=_("Half are answered within"),
                cell=figures.span(times["middle"]),
                before=None if then is None else figures.span(then["middle"]),
                better="less",
            ),
            Stat(
                label=_("On average"),
                cell=figures.span(times["average"]),
                before=None if then is None else figures.span(then["average"]),
                better="less",
            ),
            Stat(label=_("Within 15 minutes"), cell=figures.percent(soon, number), before=soon_before),
            Stat(label=_("Not answered yet"), cell=waiting, better=""),
        ],
        charts=[Chart(form="bars", title=_("First answer"), series=[_("Leads")], points=points)],
        tables=[_soon(ask, counts, query, number), _by(ask, by, rows, query, parts)],
    )


def _soon_of(counts: dict[str, int]) -> tuple[int, int]:
    """How many were answered within 15 minutes, and how many there are."""
    return counts.get("5m", 0) + counts.get("15m", 0), sum(counts.values())


def _times(rows: Any) -> dict[str, Any]:
    found: dict[str, Any] = rows.filter(answered_at__isnull=False).aggregate(
        middle=MedianSpan(_TOOK), average=Avg(_TOOK)
    )
    return found


def _soon(ask: Ask, counts: dict[str, int], query: QueryDict, number: int) -> Table:
    lines = [
        [
            figures.text(title),
            figures.count(counts.get(name, 0), ask.link(LEAD, narrowed(query, answered=name))),
            figures.percent(counts.get(name, 0), number),
        ]
        for name, title in ANSWERS
    ]
    return Table(title=_("First answer"), heads=[_("First answer"), _("Leads"), _("Share")], lines=lines)


def _parts(rows: Any, by: Dimension | None) -> dict[Any, dict[str, int]]:
    """How many of each group were answered how soon."""
    found: dict[Any, dict[str, int]] = {}
    rows = rows.annotate(group=by.expression if by is not None else Value(0), soon=bucket())
    for line in rows.values("group", "soon").annotate(n=Count("pk")).order_by():
        found.setdefault(line["group"], {})[line["soon"]] = line["n"]
    return found


def _by(ask: Ask, by: Dimension, rows: Any, query: QueryDict, found: dict[Any, dict[str, int]]) -> Table:
    middles = rows.filter(answered_at__isnull=False).annotate(group=by.expression).values("group")
    spans = {line["group"]: line["middle"] for line in middles.annotate(middle=MedianSpan(_TOOK)).order_by()}
    lines = []
    for group in named(ask, by, query, {value: {"n": sum(parts.values())} for value, parts in found.items()}, "n"):
        parts = found.get(group.value, {})
        number = sum(parts.values())
        lines.append(
            [
                figures.text(group.label),
                figures.count(number, ask.link(LEAD, group.query)),
                figures.span(spans.get(group.value)),
                figures.percent(parts.get("5m", 0) + parts.get("15m", 0), number),
                figures.count(parts.get("none", 0), ask.link(LEAD, narrowed(group.query, answered="none"))),
            ]
        )
    heads = [by.title, _("Leads"), _("Half are answered within"), _("Within 15 minutes"), _("Not answered yet")]
    return Table(title=by.title, heads=heads, lines=lines)
