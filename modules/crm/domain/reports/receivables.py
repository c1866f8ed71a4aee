"""Receivables: what issued invoices still wait for, by how long they are overdue and by client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, Sum, Value, When
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Text
from infra.ui import formats
from modules.crm.domain.kinds import INVOICE
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed, span_of
from modules.crm.domain.reports.dimensions import dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import cut, named
from modules.crm.domain.reports.measures import amount_of, no_rate
from modules.crm.domain.reports.period import shifted
from modules.crm.domain.selling.exchange import base_amount
from modules.crm.models import InvoiceStatus, Payment

WAITING = ("sent", "part_paid", "overdue")
# How many days an invoice is overdue: at least and at most.
AGES: Mapping[str, tuple[Text, int | None, int | None]] = {
    "ahead": (gettext_lazy("not due yet"), None, 0),
    "30": (gettext_lazy("1 to 30 days"), 1, 30),
    "60": (gettext_lazy("31 to 60 days"), 31, 60),
    "90": (gettext_lazy("61 to 90 days"), 61, 90),
    "older": (gettext_lazy("more than 90 days"), 91, None),
}
UNDATED = "undated"
CLIENTS = 100


def receivables(ask: Ask) -> Figures:
    """Open amounts of issued invoices as of today, in the base currency."""
    if not ask.sees(INVOICE, "total", "paid", "due_on"):
        return Figures(empty=True)
    asked = [status for status in ask.filter.getlist("status") if status in WAITING]
    query = narrowed(ask.filter, status=asked or list(WAITING))
    rows = ask.rows(INVOICE, query).annotate(left=F("total") - F("paid"), age=_age(ask))
    sums = {"n": Count("pk"), "open": Sum(base_amount("left", rates=ask.rates))}
    lines = {line["age"]: line for line in rows.values("age").annotate(**sums).order_by()}
    if not lines:
        return Figures(empty=True, currency=ask.currency)
    whole = sum((amount_of(line["open"]) for line in lines.values()), Decimal(0))
    late = sum((amount_of(line["open"]) for age, line in lines.items() if age not in ("ahead", UNDATED)), Decimal(0))
    late_query = narrowed(query, **span_of("due_on", None, ask.today - timedelta(days=1)))
    titles = {**{age: title for age, (title, _low, _high) in AGES.items()}, UNDATED: _("without a day")}
    shown = [age for age in titles if age in lines or age != UNDATED]
    ages = [
        [
            figures.text(titles[age]),
            figures.count(lines.get(age, {}).get("n", 0), ask.link(INVOICE, _aged(ask, query, age))),
            figures.money(amount_of(lines.get(age, {}).get("open"))),
            figures.percent(amount_of(lines.get(age, {}).get("open")), whole),
        ]
        for age in shown
    ]
    points = [Point(label=str(line[0].value), values=[line[2].value], urls=[line[1].url]) for line in ages]
    whole_then, late_then = (None, None) if asked else _a_month_ago(ask, rows)
    day = formats.day(shifted(ask.today, "month", -1))
    ago = _("“Before” is what it was on %(day)s") % {"day": day} if whole_then else ""
    return Figures(
        stats=[
            Stat(
                label=_("Still to come"),
                cell=figures.money(whole, ask.link(INVOICE, query)),
                before=whole_then,
                better="",
            ),
            Stat(
                label=_("Overdue by now"),
                cell=figures.money(late, ask.link(INVOICE, late_query)),
                before=late_then,
                better="less",
            ),
            Stat(
                label=_("Share overdue"),
                cell=figures.percent(late, whole),
                before=figures.percent(late_then.value, whole_then.value) if whole_then and late_then else None,
                better="less",
            ),
        ],
        charts=[Chart(form="bars", title=_("By age"), series=[_("Open amount")], points=points, kind=figures.MONEY)],
        tables=[
            Table(title=_("By age"), heads=[_("Overdue for"), _("Invoices"), _("Open amount"), _("Share")], lines=ages),
            _clients(ask, rows, query, sums),
        ],
        currency=ask.currency,
    ).with_notes(ago, _left_out(ask, rows))


def _a_month_ago(ask: Ask, rows: Any) -> tuple[Cell, Cell]:
    """What was still to come a month ago, and what of it was overdue.

    Of invoices that had been issued by then: what they wait for now, and what has been paid since.
    """
    day = shifted(ask.today, "month", -1)
    query = narrowed(ask.filter, status=[*WAITING, InvoiceStatus.PAID.value])
    issued = ask.rows(INVOICE, query).filter(issued_on__lte=day).values("pk")
    since = Payment.objects.filter(paid_on__gt=day, invoice__in=issued)
    worth = base_amount("left", rates=ask.rates)
    paid = base_amount("amount", "invoice__currency", rates=ask.rates)
    open_now = rows.filter(issued_on__lte=day).order_by().aggregate(whole=Sum(worth), late=Sum(worth, filter=_due(day)))
    paid_since = since.order_by().aggregate(whole=Sum(paid), late=Sum(paid, filter=_due(day, "invoice__")))
    whole, late = (amount_of(open_now[key]) + amount_of(paid_since[key]) for key in ("whole", "late"))
    return figures.money(whole), figures.money(late)


def _due(day: date, of: str = "") -> Q:
    """The condition that an invoice was overdue on that day."""
    return Q(**{f"{of}due_on__lt": day})


def _age(ask: Ask) -> Any:
    cases = [
        When(due_on__gte=ask.today - timedelta(days=high), then=Value(age))
        for age, (_title, _low, high) in AGES.items()
        if high is not None
    ]
    return Case(
        When(due_on__isnull=True, then=Value(UNDATED)), *cases, default=Value("older"), output_field=CharField()
    )


def _aged(ask: Ask, query: QueryDict, age: str) -> QueryDict:
    if age == UNDATED:
        return narrowed(query, empty=["due_on"])
    _title, low, high = AGES[age]
    first = None if high is None else ask.today - timedelta(days=high)
    last = None if low is None else ask.today - timedelta(days=low)
    return narrowed(query, **span_of("due_on", first, last))


def _clients(ask: Ask, rows: Any, query: QueryDict, sums: Mapping[str, Any]) -> Table:
    by = dimensions(ask, INVOICE)["client"]
    late = Sum(base_amount("left", rates=ask.rates), filter=_due(ask.today))
    found = rows.values("company_id").annotate(**sums, late=late).order_by()
    groups = named(ask, by, query, {line["company_id"]: line for line in found}, "open")
    lines = [
        [
            figures.text(group.label),
            figures.count(group.figures["n"], ask.link(INVOICE, group.query)),
            figures.money(amount_of(group.figures["open"])),
            figures.money(amount_of(group.figures["late"])),
        ]
        for group in groups[:CLIENTS]
    ]
    heads = [by.title, _("Invoices"), _("Open amount"), _("Overdue by now")]
    return Table(title=_("By client"), heads=heads, lines=lines, note=cut(groups, CLIENTS))


def _left_out(ask: Ask, rows: Any) -> Text:
    others = rows.exclude(currency=ask.currency).annotate(worth=base_amount("left", rates=ask.rates))
    found = sorted(others.filter(worth__isnull=True).values_list("currency", flat=True).distinct())
    return no_rate(found)
