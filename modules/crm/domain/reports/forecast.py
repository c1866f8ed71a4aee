"""The forecast: what open deals are worth by their probability and closing day, beside the plan and what is won."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra.kit.errors import Text
from modules.crm.domain.goal import Plan, plan_for
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed, span_of
from modules.crm.domain.reports.dimensions import Dimension, date_label, dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import Group, grouped
from modules.crm.domain.reports.measures import amount_of, left_out, no_rate, sums, total
from modules.crm.domain.reports.period import ending
from modules.crm.domain.selling.exchange import worth

SELLING = ("sale", "service")
OPEN, WON = "open", "won"


def selling(query: QueryDict) -> QueryDict:
    """Without a type in the filter: sales and services; what the company buys is no revenue."""
    return query if "type" in query else narrowed(query, type=list(SELLING))


def ids_in(query: QueryDict, name: str) -> list[int]:
    """Ids that the filter names."""
    return [int(pk) for pk in query.getlist(name) if pk.isascii() and pk.isdigit() and len(pk) < 19]


def expected(ask: Ask) -> Any:
    """The sum of amounts weighted by probability: a deal's own, else its stage's."""
    return Sum(worth(DEAL, rates=ask.rates) * Coalesce(F("probability"), F("stage__probability"), 0) / Decimal(100))


def forecast(ask: Ask) -> Figures:
    """Plan, won and expected by month, by person and by stage; and deals whose closing day says nothing."""
    if not ask.sees(DEAL, "amount", "closes_on"):
        return Figures(empty=True)
    base = selling(ask.filter)
    days = ask.period.first, ask.period.last
    due_query = narrowed(base, kind=OPEN, **span_of("closes_on", *days))
    won_query = narrowed(base, kind=WON, **span_of("closed_at", *days))
    due, won = ask.rows(DEAL, due_query), ask.rows(DEAL, won_query)
    plan = plan_for(ask.actor, ask.period.months(), ids_in(base, "pipeline"), ids_in(base, "responsible"))
    ways = dimensions(ask, DEAL)
    found = {**sums(ask, DEAL), "expected": expected(ask)}
    coming = grouped(ask, DEAL, due, ways["closes_on.month"], due_query, **found)
    sold = grouped(ask, DEAL, won, ways["closed_at.month"], won_query, **sums(ask, DEAL))
    months = _months(ask, plan, _by_month(coming), _by_month(sold), due_query, won_query)
    planned, gained, hoped = (
        sum((line[place].value or Decimal(0) for line in months), Decimal(0)) for place in (1, 2, 5)
    )
    if not any((planned, coming, sold)):
        return Figures(empty=True, currency=ask.currency)
    earlier = ask.earlier()
    before = None if earlier is None else _won_in(earlier)
    by_person = _people(ask, plan, ways["responsible"], due, won, due_query, won_query)
    return Figures(
        stats=[
            Stat(
                label=pgettext("of sales", "Plan"),
                cell=figures.money(planned),
                note="" if planned else _("No plan is set."),
            ),
            Stat(
                label=pgettext("how many", "Won"), cell=figures.money(gained, ask.link(DEAL, won_query)), before=before
            ),
            Stat(label=_("Expected besides"), cell=figures.money(hoped)),
            Stat(label=_("Forecast of the plan"), cell=figures.percent(gained + hoped, planned)),
            *_unclear(ask, base),
        ],
        charts=[_chart(months)],
        tables=[
            Table(title=_("By month"), heads=_heads(_("Month")), lines=months, total=_total(months)),
            Table(title=_("By person"), heads=_heads(_("Responsible")), lines=by_person, total=_total(by_person)),
            _stages(ask, ways["stage"], due, due_query),
        ],
        currency=ask.currency,
    ).with_notes(
        left_out(ask, DEAL, due, [group.figures for group in coming]),
        left_out(ask, DEAL, won, [group.figures for group in sold]),
        no_rate(plan.missing),
        *(_of_the_plan(ask) if planned else ()),
    )


def _won_in(ask: Ask) -> Cell:
    """What was won in the period."""
    query = narrowed(selling(ask.filter), kind=WON, **span_of("closed_at", ask.period.first, ask.period.last))
    return figures.money(amount_of(ask.rows(DEAL, query).aggregate(worth=total(ask, DEAL))["worth"]))


def _of_the_plan(ask: Ask) -> list[Text]:
    """What keeps the plan from being held against what is won."""
    notes: list[Text] = []
    if ask.period.first.day != 1 or (ask.period.last + timedelta(days=1)).day != 1:
        notes.append(_("The plan is that of whole months."))
    if {name for name in ask.filter if ask.filter[name]} - {"pipeline", "responsible", "type"}:
        notes.append(_("The plan knows people and pipelines; other conditions narrow deals, but not the plan."))
    return notes


def _by_month(groups: list[Group]) -> dict[date, Mapping[str, Any]]:
    found: dict[date, Mapping[str, Any]] = {}
    for group in groups:
        if group.value is not None:
            found[date(group.value.year, group.value.month, 1)] = group.figures
    return found


def _heads(first: Any) -> list[Any]:
    return [
        first,
        pgettext("of sales", "Plan"),
        pgettext("how many", "Won"),
        _("Open deals"),
        _("Sum of open"),
        _("Expected"),
        _("Forecast of the plan"),
    ]


def _line(
    ask: Ask,
    label: str,
    planned: Decimal,
    won: Mapping[str, Any],
    due: Mapping[str, Any],
    queries: tuple[QueryDict, QueryDict],
) -> list[Cell]:
    won_query, due_query = queries
    gained, hoped = amount_of(won.get("total")), amount_of(due.get("expected"))
    return [
        figures.text(label),
        figures.money(planned or None),
        figures.money(gained, ask.link(DEAL, won_query)),
        figures.count(due.get("n") or 0, ask.link(DEAL, due_query)),
        figures.money(amount_of(due.get("total")), ask.link(DEAL, due_query)),
        figures.money(hoped),
        figures.percent(gained + hoped, planned),
    ]


def _months(
    ask: Ask,
    plan: Plan,
    due: Mapping[date, Mapping[str, Any]],
    won: Mapping[date, Mapping[str, Any]],
    due_query: QueryDict,
    won_query: QueryDict,
) -> list[list[Cell]]:
    lines = []
    for month in ask.period.months():
        last = ending(month, "month")
        queries = (
            narrowed(won_query, **span_of("closed_at", month, last)),
            narrowed(due_query, **span_of("closes_on", month, last)),
        )
        label = date_label(month, "month")
        lines.append(_line(ask, label, plan.whole(month), won.get(month, {}), due.get(month, {}), queries))
    return lines


def _people(
    ask: Ask, plan: Plan, by: Dimension, due: Any, won: Any, due_query: QueryDict, won_query: QueryDict
) -> list[list[Cell]]:
    found = {**sums(ask, DEAL), "expected": expected(ask)}
    coming = {group.value: group for group in grouped(ask, DEAL, due, by, due_query, **found)}
    sold = {group.value: group for group in grouped(ask, DEAL, won, by, won_query, **sums(ask, DEAL))}
    planned = {
        person: sum((plan.of(month, person) for month in ask.period.months()), Decimal(0)) for person in plan.named()
    }
    people = {**dict.fromkeys(sold), **dict.fromkeys(coming), **dict.fromkeys(planned)}
    labels = by.labels(ask, people)
    lines = []
    for person in people:
        queries = (narrowed(won_query, **by.params(person)), narrowed(due_query, **by.params(person)))
        figures_of = [group[person].figures if person in group else {} for group in (sold, coming)]
        lines.append(
            _line(ask, by.label(labels, person), planned.get(person, Decimal(0)), figures_of[0], figures_of[1], queries)
        )
    return sorted(lines, key=lambda line: (-(line[2].value + line[5].value), line[0].value))


def _column(lines: list[list[Cell]], place: int) -> Decimal:
    return sum((line[place].value or Decimal(0) for line in lines), Decimal(0))


def _total(lines: list[list[Cell]]) -> list[Cell]:
    if len(lines) < 2:
        return []
    planned, won, number, due, hoped = (_column(lines, place) for place in range(1, 6))
    return [
        figures.text(_("Together")),
        figures.money(planned or None),
        figures.money(won),
        figures.count(int(number)),
        figures.money(due),
        figures.money(hoped),
        figures.percent(won + hoped, planned),
    ]


def _stages(ask: Ask, by: Dimension, due: Any, query: QueryDict) -> Table:
    found = {**sums(ask, DEAL), "expected": expected(ask)}
    lines = [
        [
            figures.text(group.label),
            figures.count(group.figures["n"], ask.link(DEAL, group.query)),
            figures.money(amount_of(group.figures["total"]), ask.link(DEAL, group.query)),
            figures.percent(amount_of(group.figures["expected"]), group.figures["total"]),
            figures.money(amount_of(group.figures["expected"])),
        ]
        for group in grouped(ask, DEAL, due, by, query, **found)
    ]
    heads = [_("Stage"), _("Open deals"), _("Sum of open"), _("Probability"), _("Expected")]
    return Table(title=_("By stage"), heads=heads, lines=lines)


def _unclear(ask: Ask, base: QueryDict) -> list[Stat]:
    """Open deals that a forecast cannot place: their closing day has passed, or there is none."""
    late = narrowed(base, kind=OPEN, closes_on_before=ask.today - timedelta(days=1))
    unset = narrowed(base, kind=OPEN, empty=["closes_on"])
    return [
        Stat(
            label=title,
            cell=figures.count(ask.rows(DEAL, query).count(), ask.link(DEAL, query), tone="warning"),
            better="",
        )
        for title, query in ((_("Closing day has passed"), late), (_("Without a closing day"), unset))
    ]


def _chart(months: list[list[Cell]]) -> Chart:
    points = [
        Point(
            label=str(line[0].value),
            values=[line[2].value, line[5].value, line[1].value],
            urls=[line[2].url, line[4].url, ""],
        )
        for line in months
    ]
    series = [pgettext("how many", "Won"), _("Expected"), pgettext("of sales", "Plan")]
    return Chart(form="plan", title=_("Plan and forecast"), series=series, points=points, kind=figures.MONEY)
