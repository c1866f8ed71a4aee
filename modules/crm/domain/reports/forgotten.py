"""What is forgotten: open records without a next step, with one that is overdue, or unchanged for days."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed
from modules.crm.domain.reports.dimensions import dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.measures import amount_of, left_out
from modules.crm.domain.reports.month_ago import told, waited_then
from modules.crm.domain.selling.exchange import worth
from modules.crm.filters import is_quiet, step_is

USUAL_DAYS = 14
OPEN = "open"
LONGEST = 20  # records named one by one
# As `is_quiet` has it; an index on updated_at would be walked from its end, past all that was closed long ago.
_TOUCHED = Greatest("updated_at", Coalesce("last_activity_at", "updated_at"))


def forgotten(ask: Ask, kind: Kind) -> Figures:
    """Open records that nobody works on, by person, and those that have waited longest."""
    days = days_asked(ask)
    base = narrowed(ask.filter, kind=OPEN)
    for own in ("quiet", "next_step"):  # the report itself tells these apart
        base.pop(own, None)
    queries = {
        "none": narrowed(base, next_step="none"),
        "overdue": narrowed(base, next_step="overdue"),
        "quiet": narrowed(base, quiet=days),
    }
    seen = ask.sees(kind, "amount")
    by = dimensions(ask, kind)["responsible"]
    found = _counted(ask, kind, base, days, seen)
    then = waited_then(ask, kind, base, days) if ask.compared and not ask.gone else {}
    if not found and not then.get("n"):
        return Figures(empty=True, currency=ask.currency)
    titles = {"none": _("Without a next step"), "overdue": _("Next step overdue"), "quiet": _quiet(days)}
    labels = by.labels(ask, found)

    def cells(person: Any) -> list[Cell]:
        own = by.params(person)
        line = [figures.count(found[person]["n"], ask.link(kind, narrowed(base, **own)))]
        for name, query in queries.items():
            number = found[person][name]
            tone = "warning" if number else ""
            line.append(figures.count(number, ask.link(kind, narrowed(query, **own)), tone))
        if seen:
            worth_of = amount_of(found[person]["total"])
            line.append(figures.money(worth_of, ask.link(kind, narrowed(queries["quiet"], **own))))
        return [figures.text(by.label(labels, person)), *line]

    lines = sorted((cells(person) for person in found), key=lambda line: (-line[4].value, -line[2].value))
    heads = [_("Responsible"), _("In work"), *titles.values(), *([_("Sum unchanged")] if seen else [])]
    counts = {name: sum(line[name] for line in found.values()) for name in ("n", *queries)}

    def stat(name: str, title: Text, query: Any, tone: str = "", better: str = "less") -> Stat:
        before = figures.count(then[name]) if then else None
        cell = figures.count(counts[name], ask.link(kind, query), tone)
        return Stat(label=title, cell=cell, before=before, better=better)

    stats = [stat(name, titles[name], query, "warning") for name, query in queries.items()]
    points = [Point(label=str(line[0].value), values=[line[4].value], urls=[line[4].url]) for line in lines[:12]]
    return Figures(
        stats=[stat("n", _("In work"), base, better=""), *stats],
        charts=[Chart(form="bars", title=titles["quiet"], series=[titles["quiet"]], points=points)],
        tables=[Table(title=_("By person"), heads=heads, lines=lines), _longest(ask, kind, queries["quiet"], seen)],
        currency=ask.currency,
    ).with_notes(told(ask) if then else "", left_out(ask, kind, ask.rows(kind, queries["quiet"]), found.values()))


def _counted(ask: Ask, kind: Kind, base: Any, days: int, seen: bool) -> dict[Any, dict[str, Any]]:
    """How many open records each person has, and how many of them wait for what: one look at all of them."""
    quiet = is_quiet(days)
    states = {"none": step_is("none"), "overdue": step_is("overdue"), "quiet": quiet}
    wanted: dict[str, Any] = {name: Count("pk", filter=state) for name, state in states.items()}
    if seen:
        wanted["total"] = Sum(worth(kind, rates=ask.rates), filter=quiet)
        wanted["foreign"] = Count("pk", filter=quiet & Q(amount__gt=0) & ~Q(currency=ask.currency))
    lines = ask.rows(kind, base).values("responsible_id").annotate(n=Count("pk"), **wanted).order_by()
    return {line["responsible_id"]: line for line in lines}


def days_asked(ask: Ask) -> int:
    """After how many days without a change something counts as forgotten."""
    typed = ask.query.get("quiet", "")
    return int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 else USUAL_DAYS


def _quiet(days: int) -> str:
    return ngettext("Unchanged for %(n)d day", "Unchanged for %(n)d days", days) % {"n": days}


def _longest(ask: Ask, kind: Kind, query: Any, seen: bool) -> Table:
    rows = ask.rows(kind, query).select_related("responsible", "stage")
    rows = rows.annotate(touched=_TOUCHED).order_by("touched", "pk")
    rows = rows.annotate(worth=worth(kind, rates=ask.rates)) if seen else rows
    lines = []
    for row in rows.defer("search", "comment", "custom")[:LONGEST]:
        waited = figures.Cell(value=(ask.today - timezone.localtime(row.touched).date()).days, kind=figures.COUNT)
        cells = [
            figures.text(str(row), f"{kind.key}:{row.pk}"),
            figures.text(row.stage.title),
            figures.text(row.responsible.display_name if row.responsible else "—"),
            waited,
        ]
        lines.append([*cells, figures.money(row.worth)] if seen else cells)
    heads = [kind.title, _("Stage"), _("Responsible"), _("Days unchanged"), *([_("Amount")] if seen else [])]
    return Table(title=_("Waiting longest"), heads=heads, lines=lines)
