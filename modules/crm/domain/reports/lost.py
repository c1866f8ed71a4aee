"""What was lost in the period: why, and where on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask
from modules.crm.domain.reports.dimensions import Dimension, dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import Group, folded
from modules.crm.domain.reports.measures import amount_of, left_out, sums
from modules.crm.models import Stage

LOST = "lost"
_COLUMNS = ("lost_reason_id", "stage_id", "reached_id", "responsible_id")


def lost(ask: Ask, kind: Kind) -> Figures:
    """Lost records closed in the period by reason, by the stage they had come to, and by person."""
    query, seen = ask.during("closed_at", kind=LOST), ask.sees(kind, "amount")
    lines, closed = _lines(ask, kind, seen)
    ways = dimensions(ask, kind)
    shown = {"lost_reason_id": ways["lost_reason"]} if "lost_reason" in ways else {}
    shown |= {"furthest": _furthest(ways["stage"]), "responsible_id": ways["responsible"]}
    tables, charts = [], []
    for column, by in shown.items():
        groups = folded(ask, lines, by, column, query)
        tables.append(_table(ask, kind, by, groups, _sum(lines, "n"), seen))
        charts.append(_chart(ask, kind, by, groups))
    earlier = ask.earlier()
    then = None if earlier is None else _whole(*_lines(earlier, kind, seen))
    now = _whole(lines, closed)
    if not now["n"] and not (then and then["n"]):
        return Figures(empty=True, currency=ask.currency)
    notes = left_out(ask, kind, ask.rows(kind, query), lines)
    stats = _stats(ask, kind, query, now, then, seen)
    return Figures(stats=stats, charts=charts[:2], tables=tables, currency=ask.currency).with_notes(notes)


def _lines(ask: Ask, kind: Kind, seen: bool) -> tuple[list[dict[str, Any]], int]:
    """What was lost in the period by all that it is shown by, and how many were won or lost, in one look."""
    query = ask.during("closed_at")
    query.pop("kind", None)
    stages = Stage.objects.filter(pipeline__kind=kind.key, kind=Stage.Kind.LOST).values_list("pk", flat=True)
    lost_ones, found = set(stages), ask.rows(kind, query).values(*_COLUMNS).annotate(**sums(ask, kind, seen))
    lines = [{**line, "furthest": line["reached_id"] or line["stage_id"]} for line in found.order_by()]
    return [line for line in lines if line["stage_id"] in lost_ones], int(_sum(lines, "n"))


def _sum(lines: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((amount_of(line.get(name)) for line in lines), Decimal(0))


def _whole(lines: list[dict[str, Any]], closed: int) -> dict[str, Any]:
    return {"n": int(_sum(lines, "n")), "total": _sum(lines, "total"), "closed": closed}


def _stats(ask: Ask, kind: Kind, query: QueryDict, now: Any, then: Any, seen: bool) -> list[Stat]:
    url = ask.link(kind, query)

    def told(label: Text, cell: Callable[[Any], Cell], link: str = "") -> Stat:
        before = None if then is None else cell(then)
        return Stat(label=label, cell=replace(cell(now), url=link), before=before, better="less")

    return [
        told(pgettext("how many", "Lost"), lambda one: figures.count(one["n"]), url if now["n"] else ""),
        *([told(_("Sum of lost"), lambda one: figures.money(amount_of(one["total"])), url)] if seen else []),
        told(_("Of all that was closed"), lambda one: figures.percent(one["n"], one["closed"])),
    ]


def _furthest(stage: Dimension) -> Dimension:
    """By the last stage before the loss."""
    return Dimension(
        key="furthest",
        title=gettext_lazy("Came as far as"),
        expression=Coalesce(F("reached_id"), F("stage_id")),
        labels=stage.labels,
        params=lambda value: {"furthest": value},
        ranked=True,
    )


def _chart(ask: Ask, kind: Kind, by: Dimension, groups: list[Group]) -> Chart:
    points = [
        Point(label=group.label, values=[group.figures["n"]], urls=[ask.link(kind, group.query)])
        for group in groups[:12]
    ]
    return Chart(form="bars", title=by.title, series=[pgettext("how many", "Lost")], points=points)


def _table(ask: Ask, kind: Kind, by: Dimension, groups: list[Group], number: Decimal, seen: bool) -> Table:
    lines = [
        [
            figures.text(group.label),
            figures.count(group.figures["n"], ask.link(kind, group.query)),
            figures.percent(group.figures["n"], number),
            *([figures.money(amount_of(group.figures["total"]), ask.link(kind, group.query))] if seen else []),
        ]
        for group in groups
    ]
    heads = [by.title, pgettext("how many", "Lost"), _("Share"), *([pgettext("of amounts", "Sum")] if seen else [])]
    return Table(title=by.title, heads=heads, lines=lines)
