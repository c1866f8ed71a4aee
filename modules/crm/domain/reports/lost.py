"""What was lost in the period: why, and where on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from modules.crm.domain.reports.grouping import Group, grouped_each
from modules.crm.domain.reports.measures import amount_of, left_out, sums

LOST = "lost"


def lost(ask: Ask, kind: Kind) -> Figures:
    """Lost records closed in the period by reason, by the stage they had come to, and by person."""
    query = ask.during("closed_at", kind=LOST)
    rows, seen = ask.rows(kind, query), ask.sees(kind, "amount")
    ways = dimensions(ask, kind)
    shown = [ways["lost_reason"]] if "lost_reason" in ways else []
    tables, charts, number, worth = [], [], 0, amount_of(0)
    groups: list[Group] = []
    by_all = [*shown, _furthest(ways["stage"]), ways["responsible"]]
    for by, groups in zip(by_all, grouped_each(ask, rows, by_all, query, **sums(ask, kind, seen)), strict=True):
        number = sum(group.figures["n"] for group in groups)
        worth = sum((amount_of(group.figures.get("total")) for group in groups), amount_of(0))
        tables.append(_table(ask, kind, by, groups, number, seen))
        charts.append(_chart(ask, kind, by, groups))
    earlier = ask.earlier()
    then = None if earlier is None else _whole(earlier, kind, seen)
    if not number and not (then and then["n"]):
        return Figures(empty=True, currency=ask.currency)
    stats = _stats(ask, kind, query, {"n": number, "total": worth, "closed": _closed(ask, kind)}, then, seen)
    notes = left_out(ask, kind, rows, [group.figures for group in groups])
    return Figures(stats=stats, charts=charts[:2], tables=tables, currency=ask.currency).with_notes(notes)


def _whole(ask: Ask, kind: Kind, seen: bool) -> dict[str, Any]:
    rows = ask.rows(kind, ask.during("closed_at", kind=LOST))
    return {**rows.aggregate(**sums(ask, kind, seen)), "closed": _closed(ask, kind)}


def _closed(ask: Ask, kind: Kind) -> int:
    """How many were won or lost in the period."""
    query = ask.during("closed_at")
    query.pop("kind", None)
    return int(ask.rows(kind, query).count())


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


def _table(ask: Ask, kind: Kind, by: Dimension, groups: list[Group], number: int, seen: bool) -> Table:
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
