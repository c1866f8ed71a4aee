"""What was lost in the period: why, and where on the way."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask
from modules.crm.domain.reports.dimensions import Dimension, dimensions
from modules.crm.domain.reports.figures import Chart, Figures, Point, Stat, Table
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
    then = None if earlier is None else earlier.rows(kind, earlier.during("closed_at", kind=LOST)).count()
    if not number and not then:
        return Figures(empty=True, currency=ask.currency)
    cell = figures.count(number, ask.link(kind, query))
    before = None if then is None else figures.count(then)
    closed = ask.rows(kind, ask.during("closed_at")).count()
    stats = [
        Stat(label=pgettext("how many", "Lost"), cell=cell, before=before, better="less"),
        *([Stat(label=_("Sum of lost"), cell=figures.money(worth, ask.link(kind, query)))] if seen else []),
        Stat(label=_("Of all that was closed"), cell=figures.percent(number, closed)),
    ]
    notes = left_out(ask, kind, rows, [group.figures for group in groups])
    return Figures(stats=stats, charts=charts[:2], tables=tables, currency=ask.currency).with_notes(notes)


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
