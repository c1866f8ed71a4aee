"""How soon leads are answered: the first thing a person does with one after it was created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from modules.crm.domain.kinds import LEAD
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed
from modules.crm.domain.reports.dimensions import Dimension
from modules.crm.domain.reports.figures import Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import named
from modules.crm.domain.reports.spans import Spread, middles, spreads
from modules.crm.filters import ANSWERS


def response(ask: Ask, by: Dimension) -> Figures:
    """How many leads of the period were answered how soon, the middle and the average time, and by `by`."""
    if not ask.sees(LEAD):
        return Figures(empty=True)
    query = ask.during("created_at")
    rows = ask.rows(LEAD, query)
    parts, whole = spreads(rows, by), Spread()
    for part in (parts if not by.many else spreads(rows, None)).values():
        whole.add(part)
    counts = whole.taken()
    number = sum(counts.values())
    if not number:
        return Figures(empty=True)
    half, spans = middles(rows, whole, by, parts)
    earlier = ask.earlier()
    half_before, average_before, soon_before = None, None, None
    if earlier is not None:
        rows_before = earlier.rows(LEAD, earlier.during("created_at"))
        before = spreads(rows_before, None).get(0, Spread())
        half_before, average_before = (figures.span(one) for one in (middles(rows_before, before)[0], before.average))
        soon_before = figures.percent(*_soon_of(before.taken()))
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
                cell=figures.span(half),
                before=half_before,
                better="less",
            ),
            Stat(
                label=_("On average"),
                cell=figures.span(whole.average),
                before=average_before,
                better="less",
            ),
            Stat(label=_("Within 15 minutes"), cell=figures.percent(soon, number), before=soon_before),
            Stat(label=_("Not answered yet"), cell=waiting, better=""),
        ],
        charts=[Chart(form="bars", title=_("First answer"), series=[_("Leads")], points=points)],
        tables=[_soon(ask, counts, query, number), _by(ask, by, query, parts, spans)],
    )


def _soon_of(counts: dict[str, int]) -> tuple[int, int]:
    """How many were answered within 15 minutes, and how many there are."""
    return counts.get("5m", 0) + counts.get("15m", 0), sum(counts.values())


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


def _by(ask: Ask, by: Dimension, query: QueryDict, spread: Mapping[Any, Spread], spans: Mapping[Any, Any]) -> Table:
    lines = []
    found = {value: part.taken() for value, part in spread.items()}
    for group in named(ask, by, query, {value: {"n": sum(parts.values())} for value, parts in found.items()}, "n"):
        parts = found.get(group.value, {})
        number = sum(parts.values())
        lines.append(
            [
                figures.text(group.label),
                figures.count(number, ask.link(LEAD, group.query)),
                figures.span(spans.get(group.value)),
                figures.percent(*_soon_of(parts)),
                figures.count(parts.get("none", 0), ask.link(LEAD, narrowed(group.query, answered="none"))),
            ]
        )
    heads = [by.title, _("Leads"), _("Half are answered within"), _("Within 15 minutes"), _("Not answered yet")]
    return Table(title=by.title, heads=heads, lines=lines)
