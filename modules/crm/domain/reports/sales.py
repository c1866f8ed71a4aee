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
from modules.crm.domain.reports.grouping import MOST, Group, cut, grouped
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
    query, earlier = won_query(ask), ask.earlier()
    rows, found = ask.rows(DEAL, query), sums(ask, DEAL)
    now = _Sold(rows, grouped(ask, DEAL, rows, by, query, largest="total", **found), by, found)
    then = None
    if earlier is not None:
        then_query = won_query(earlier)
        then_rows = earlier.rows(DEAL, then_query)
        groups = grouped(earlier, DEAL, then_rows, by, then_query, largest="total", **found)
        then = _Sold(then_rows, groups, by, found)
    if not now.groups and not (then and then.groups):
        return Figures(empty=True, currency=ask.currency)
    time = dimensions(ask, DEAL)[f"closed_at.{unit_for(ask.period.days)}"]
    days = grouped(ask, DEAL, rows, time, query, **found)
    return Figures(
        stats=_stats(ask, query, now, then),
        charts=[_over_time(ask, days), _bars(ask, by, now.groups)],
        tables=[_table(ask, by, query, now, then)],
        currency=ask.currency,
    ).with_notes(left_out(ask, DEAL, rows, [group.figures for group in now.groups]))


class _Sold:
    """Won deals in groups, with how many there are (`number`) and their sum (`worth`), each counted once."""

    def __init__(self, rows: Any, groups: list[Group], by: Dimension, found: dict[str, Any]) -> None:
        self.groups = [group for group in groups if group.figures]
        lines = [rows.aggregate(**found)] if by.many else [group.figures for group in self.groups]
        self.number: int = sum(line["n"] for line in lines)
        self.worth = sum((amount_of(line["total"]) for line in lines), amount_of(0))
        self.by_value = {group.value: group for group in self.groups}


def products(ask: Ask) -> Figures:
    """What was sold in the period by product: in how many deals, how much, for how much; and for how much before."""
    if not ask.sees(DEAL, "amount") or not may(ask.actor, PRODUCT.permission("view")):
        return Figures(empty=True)
    query, earlier = won_query(ask), ask.earlier()
    found = _by_product(ask, query)
    before = {} if earlier is None else _by_product(earlier, won_query(earlier))
    if not found and not before:
        return Figures(empty=True, currency=ask.currency)
    names = dict(Product.objects.filter(pk__in={*found, *before} - {None}).values_list("pk", "title"))
    whole, then = (sum((line["total"] for line in some.values()), amount_of(0)) for some in (found, before))
    lines = []
    shown = sorted({**before, **found}, key=lambda pk: (-_total(found, pk), -_total(before, pk), pk is None, pk))
    for pk in shown[:MOST]:
        line = found.get(pk, {})
        url = ask.link(DEAL, narrowed(query, product=pk)) if pk is not None else ""
        lines.append(
            [
                figures.text(names.get(pk, _("not from the catalogue"))),
                figures.count(line.get("n", 0), url),
                Cell(value=line.get("quantity"), kind=figures.NUMBER),
                figures.money(_total(found, pk)),
                figures.percent(_total(found, pk), whole),
                figures.money(_total(before, pk) if pk in before else None),
            ]
        )
    points = [
        Point(label=str(line[0].value), values=[line[3].value], urls=[line[1].url])
        for line in lines[:SHOWN]
        if line[1].value
    ]
    heads = [PRODUCT.title, _("Won deals"), pgettext("of goods", "Quantity"), pgettext("of amounts", "Sum"), _("Share")]
    stat = Stat(
        label=_("Sold by rows of products"),
        cell=figures.money(whole),
        before=None if earlier is None else figures.money(then),
    )
    return Figures(
        stats=[stat],
        charts=[Chart(form="bars", title=PRODUCT.plural, series=[_("Sum of won")], points=points, kind=figures.MONEY)],
        tables=[Table(title=PRODUCT.plural, heads=[*heads, _("Sum before")], lines=lines, note=cut(shown))],
        currency=ask.currency,
    )


def _by_product(ask: Ask, query: Any) -> dict[Any, dict[str, Any]]:
    """Deals, quantity and sum of each product on the rows of deals under `query`."""
    rows = ProductRow.objects.filter(deal__in=ask.rows(DEAL, query).values("pk"))
    worth = base_amount("total", "deal__currency", day="deal__closed_at", rates=ask.rates)
    figures_of = {"n": Count("deal", distinct=True), "quantity": Sum("quantity"), "total": Sum(worth)}
    found: Any = rows.values("product_id").annotate(**figures_of).order_by()
    return {line["product_id"]: {**line, "total": amount_of(line["total"])} for line in found}


def _total(lines: dict[Any, dict[str, Any]], pk: Any) -> Any:
    return lines[pk]["total"] if pk in lines else amount_of(0)


def _stats(ask: Ask, query: Any, now: _Sold, then: _Sold | None) -> list[Stat]:
    return [
        Stat(
            label=_("Sum of won"),
            cell=figures.money(now.worth, ask.link(DEAL, query)),
            before=figures.money(then.worth) if then else None,
        ),
        Stat(
            label=_("Won deals"),
            cell=figures.count(now.number, ask.link(DEAL, query)),
            before=figures.count(then.number) if then else None,
        ),
        Stat(
            label=_("Average deal"),
            cell=figures.money(now.worth / now.number if now.number else None),
            before=figures.money(then.worth / then.number) if then and then.number else None,
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
    ]
    return Chart(form="bars", title=by.title, series=[_("Sum of won")], points=points, kind=figures.MONEY)


def _table(ask: Ask, by: Dimension, query: Any, now: _Sold, then: _Sold | None) -> Table:
    """A line per group, also of those that sold in the period before alone; days and months differ from period to
    period and stand for themselves."""
    beside = then if not by.unit else None
    groups = list(now.groups)
    for group in beside.groups if beside else ():
        if group.value not in now.by_value:
            own = narrowed(query, **by.params(group.value))
            groups.append(Group(value=group.value, label=group.label, query=own, figures={"n": 0, "total": 0}))
    lines = [_line(ask, group, now.worth, beside) for group in groups[:MOST]]
    total = [
        figures.text(_("Together")),
        figures.count(now.number),
        figures.money(now.worth),
        figures.percent(now.worth, now.worth),
        figures.money(now.worth / now.number if now.number else None),
        *([figures.money(beside.worth)] if beside else []),
    ]
    heads = [by.title, _("Won deals"), pgettext("of amounts", "Sum"), _("Share"), _("Average deal")]
    heads += [_("Sum before")] if beside else []
    return Table(title=by.title, heads=heads, lines=lines, total=total if len(lines) > 1 else (), note=cut(groups))


def _line(ask: Ask, group: Group, whole: Any, beside: _Sold | None) -> list[Cell]:
    number, worth = group.figures["n"], amount_of(group.figures["total"])
    before = beside.by_value.get(group.value) if beside else None
    cells = [
        figures.text(group.label),
        figures.count(number, ask.link(DEAL, group.query)),
        figures.money(worth, ask.link(DEAL, group.query)),
        figures.percent(worth, whole),
        figures.money(worth / number if number else None),
    ]
    if beside is None:
        return cells
    then = figures.money(amount_of(before.figures["total"]), ask.link(DEAL, before.query)) if before else None
    return [*cells, then or figures.money(None)]
