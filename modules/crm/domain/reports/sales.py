"""Sales: deals won in the period, over time and by source, channel, person, client or any field."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra.kit.access import may
from modules.crm.domain.kinds import DEAL, PRODUCT
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed, span_of
from modules.crm.domain.reports.dimensions import Dimension, dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.forecast import WON, selling
from modules.crm.domain.reports.grouping import MOST, Group, grouped
from modules.crm.domain.reports.measures import amount_of, left_out, sums
from modules.crm.domain.selling.exchange import base_amount
from modules.crm.models import Product, ProductRow

SHOWN = 12  # bars of a chart


def unit_for(days: int) -> str:
    """By what a span of so many days is drawn."""
    return "day" if days <= 31 else "week" if days <= 120 else "month"


def won_query(ask: Ask) -> Any:
    """The filter of deals won in the period."""
    return narrowed(selling(ask.filter), kind=WON, **span_of("closed_at", ask.period.first, ask.period.last))


def sales(ask: Ask, by: Dimension) -> Figures:
    """How many deals were won and for how much: over time, and by `by` beside the period before."""
    if not ask.sees(DEAL, "amount"):
        return Figures(empty=True)
    query = won_query(ask)
    rows, found = ask.rows(DEAL, query), sums(ask, DEAL)
    groups = grouped(ask, DEAL, rows, by, query, largest="total", **found)
    earlier = ask.earlier()
    before: dict[Any, Group] = {}
    if earlier is not None:
        then_query = won_query(earlier)
        then = grouped(earlier, DEAL, earlier.rows(DEAL, then_query), by, then_query, largest="total", **found)
        before = {group.value: group for group in then}
    if not groups and not before:
        return Figures(empty=True, currency=ask.currency)
    time = dimensions(ask, DEAL)[f"closed_at.{unit_for(ask.period.days)}"]
    days = grouped(ask, DEAL, rows, time, query, **found)
    return Figures(
        stats=_stats(ask, query, groups, before if earlier else None),
        charts=[_over_time(ask, days), _bars(ask, by, groups)],
        tables=[_table(ask, by, groups, before)],
        currency=ask.currency,
    ).with_notes(left_out(ask, DEAL, rows, [group.figures for group in groups]))


def products(ask: Ask) -> Figures:
    """What was sold in the period by product: in how many deals, how much of it, for how much."""
    if not ask.sees(DEAL, "amount") or not may(ask.actor, PRODUCT.permission("view")):
        return Figures(empty=True)
    query = won_query(ask)
    rows = ProductRow.objects.filter(deal__in=ask.rows(DEAL, query).values("pk"))
    worth = base_amount("total", "deal__currency", day="deal__closed_at", rates=ask.rates)
    figures_of = {"n": Count("deal", distinct=True), "quantity": Sum("quantity"), "total": Sum(worth)}
    grouped_rows: Any = rows.values("product_id").annotate(**figures_of).order_by()
    found = sorted(grouped_rows, key=lambda line: -amount_of(line["total"]))
    if not found:
        return Figures(empty=True, currency=ask.currency)
    names = dict(Product.objects.filter(pk__in=[line["product_id"] for line in found]).values_list("pk", "title"))
    whole = sum((amount_of(line["total"]) for line in found), amount_of(0))
    lines = []
    for line in found[:MOST]:
        pk = line["product_id"]
        url = ask.link(DEAL, narrowed(query, product=pk)) if pk is not None else ""
        lines.append(
            [
                figures.text(names.get(pk, _("not from the catalogue"))),
                figures.count(line["n"], url),
                Cell(value=line["quantity"], kind=figures.NUMBER),
                figures.money(amount_of(line["total"])),
                figures.percent(amount_of(line["total"]), whole),
            ]
        )
    points = [Point(label=str(line[0].value), values=[line[3].value], urls=[line[1].url]) for line in lines[:SHOWN]]
    series = [_("Sum of won")]
    heads = [PRODUCT.title, _("Won deals"), pgettext("of goods", "Quantity"), pgettext("of amounts", "Sum"), _("Share")]
    return Figures(
        stats=[Stat(label=_("Sold by rows of products"), cell=figures.money(whole), better="")],
        charts=[Chart(form="bars", title=PRODUCT.plural, series=series, points=points, kind=figures.MONEY)],
        tables=[Table(title=PRODUCT.plural, heads=heads, lines=lines)],
        currency=ask.currency,
    )


def _sum(groups: Any) -> tuple[int, Any]:
    return sum(group.figures.get("n") or 0 for group in groups), sum(
        (amount_of(group.figures.get("total")) for group in groups), amount_of(0)
    )


def _stats(ask: Ask, query: Any, groups: list[Group], before: dict[Any, Group] | None) -> list[Stat]:
    number, worth = _sum(groups)
    number_before, worth_before = _sum(before.values()) if before is not None else (0, None)
    told = before is not None
    return [
        Stat(
            label=_("Sum of won"),
            cell=figures.money(worth, ask.link(DEAL, query)),
            before=figures.money(worth_before) if told else None,
        ),
        Stat(
            label=_("Won deals"),
            cell=figures.count(number, ask.link(DEAL, query)),
            before=figures.count(number_before) if told else None,
        ),
        Stat(
            label=_("Average deal"),
            cell=figures.money(worth / number if number else None),
            before=figures.money(worth_before / number_before) if worth_before and number_before else None,
        ),
    ]


def _over_time(ask: Ask, days: list[Group]) -> Chart:
    points = [
        Point(label=group.label, values=[amount_of(group.figures.get("total"))], urls=[ask.link(DEAL, group.query)])
        for group in days
    ]
    return Chart(form="columns", title=_("Over time"), series=[_("Sum of won")], points=points, kind=figures.MONEY)


def _bars(ask: Ask, by: Dimension, groups: list[Group]) -> Chart:
    points = [
        Point(label=group.label, values=[amount_of(group.figures["total"])], urls=[ask.link(DEAL, group.query)])
        for group in groups[:SHOWN]
        if group.figures
    ]
    return Chart(form="bars", title=by.title, series=[_("Sum of won")], points=points, kind=figures.MONEY)


def _table(ask: Ask, by: Dimension, groups: list[Group], before: dict[Any, Group]) -> Table:
    number, worth = _sum(groups)
    lines = [_line(ask, group, before.get(group.value), worth) for group in groups[:MOST] if group.figures]
    total_line = [
        figures.text(_("Together")),
        figures.count(number),
        figures.money(worth),
        figures.percent(worth, worth),
        figures.money(worth / number if number else None),
        figures.money(_sum(before.values())[1]),
    ]
    heads = [by.title, _("Won deals"), pgettext("of amounts", "Sum"), _("Share"), _("Average deal"), _("Sum before")]
    return Table(title=by.title, heads=heads, lines=lines, total=total_line if len(lines) > 1 else ())


def _line(ask: Ask, group: Group, before: Group | None, whole: Any) -> list[Cell]:
    number, worth = group.figures["n"], amount_of(group.figures["total"])
    then = amount_of(before.figures["total"]) if before is not None and before.figures else None
    return [
        figures.text(group.label),
        figures.count(number, ask.link(DEAL, group.query)),
        figures.money(worth, ask.link(DEAL, group.query)),
        figures.percent(worth, whole),
        figures.money(worth / number if number else None),
        figures.money(then, ask.link(DEAL, before.query) if before is not None else ""),
    ]
