"""What people did: activities done in the period by person and kind, beside what each of them sold."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from modules.crm.domain.kinds import DEAL
from modules.crm.domain.queries import visible_activities
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed, span_of
from modules.crm.domain.reports.dimensions import date_dimension, dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.forecast import ids_in
from modules.crm.domain.reports.grouping import Group, grouped, named
from modules.crm.domain.reports.measures import amount_of, total
from modules.crm.domain.reports.sales import unit_for, won_query
from modules.crm.models import Activity
from modules.crm.models.activity import TO_DO


def team(ask: Ask) -> Figures:
    """Calls, meetings, letters and tasks done, by person and over time; deals won beside them."""
    query = narrowed(_of_people(ask), **span_of("done_at", ask.period.first, ask.period.last))
    rows = done_in(ask)
    found: dict[Any, dict[str, int]] = {}
    for line in rows.values("done_by_id", "kind").annotate(n=Count("pk")).order_by():
        found.setdefault(line["done_by_id"], {})[line["kind"]] = line["n"]
    earlier = ask.earlier()
    then: dict[str, int] | None = None
    if earlier is not None:
        then = dict(done_in(earlier).values_list("kind").annotate(n=Count("pk")).order_by())
    seen = ask.sees(DEAL, "amount")
    sold = _sold(ask) if seen else {}
    if not found and not sold and not then:
        return Figures(empty=True, currency=ask.currency)
    by = dimensions(ask, DEAL)["responsible"]
    labels = by.labels(ask, {**dict.fromkeys(found), **dict.fromkeys(sold)})
    lines = [
        _line(ask, by.label(labels, person), person, found.get(person, {}), sold, query, seen)
        for person in {**found, **sold}
    ]
    lines.sort(key=lambda line: (-line[-3 if seen else -1].value, line[0].value))
    number = sum(sum(kinds.values()) for kinds in found.values())
    kinds = [Activity.Kind(kind) for kind in TO_DO]
    sums = {kind: sum(parts.get(kind, 0) for parts in found.values()) for kind in kinds}
    before = None if then is None else figures.count(sum(then.values()))
    return Figures(
        stats=[
            Stat(label=pgettext("how many", "Done"), cell=figures.count(number, _link(query)), before=before),
            *(
                Stat(
                    label=kind.label,
                    cell=figures.count(sums[kind], _link(narrowed(query, kind=kind.value))),
                    before=None if then is None else figures.count(then.get(kind, 0)),
                    better="",
                )
                for kind in kinds[:3]
            ),
        ],
        charts=[_stacked(lines, kinds), _over_time(ask, rows)],
        tables=[
            Table(
                title=_("By person"),
                heads=[
                    _("Person"),
                    *(kind.label for kind in kinds),
                    _("Together"),
                    *([_("Won deals"), _("Sum of won")] if seen else []),
                ],
                lines=lines,
            )
        ],
        currency=ask.currency,
    )


def done_in(ask: Ask) -> Any:
    """What was done in the period with records that the person sees, by the people that the filter names."""
    until = _midnight(ask.period.last + timedelta(days=1))
    rows = visible_activities(ask.actor).filter(done_at__gte=_midnight(ask.period.first), done_at__lt=until)
    people = ids_in(ask.filter, "responsible")
    return rows.filter(done_by__in=people) if people else rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _of_people(ask: Ask) -> QueryDict:
    """The filter of what was done by the people that are asked about."""
    return narrowed(QueryDict(), person=ids_in(ask.filter, "responsible") or None)


def _link(query: QueryDict) -> str:
    return f"{reverse('crm:done')}?{query.urlencode()}"


def _sold(ask: Ask) -> dict[Any, Group]:
    people = ids_in(ask.filter, "responsible")
    query = won_query(ask)
    query = narrowed(query, responsible=people) if people else query
    by = dimensions(ask, DEAL)["responsible"]
    rows = ask.rows(DEAL, query)
    return {group.value: group for group in grouped(ask, DEAL, rows, by, query, n=Count("pk"), total=total(ask, DEAL))}


def _line(
    ask: Ask, label: str, person: Any, kinds: dict[str, int], sold: dict[Any, Group], query: QueryDict, seen: bool
) -> list[Cell]:
    own = narrowed(query, person=person) if person is not None else None
    cells = [figures.text(label)]
    for kind in TO_DO:
        number = kinds.get(kind, 0)
        cells.append(figures.count(number, _link(narrowed(own, kind=kind.value)) if own else ""))
    cells.append(figures.count(sum(kinds.values()), _link(own) if own else ""))
    if not seen:
        return cells
    group = sold.get(person)
    url = ask.link(DEAL, group.query) if group else ""
    won, worth = (group.figures["n"], amount_of(group.figures["total"])) if group else (0, None)
    return [*cells, figures.count(won, url), figures.money(worth, url)]


def _stacked(lines: list[list[Cell]], kinds: list[Any]) -> Chart:
    points = [
        Point(
            label=str(line[0].value),
            values=[cell.value for cell in line[1 : 1 + len(kinds)]],
            urls=[cell.url for cell in line[1 : 1 + len(kinds)]],
        )
        for line in lines[:12]
    ]
    return Chart(form="bars", title=_("By person"), series=[kind.label for kind in kinds], points=points)


def _over_time(ask: Ask, rows: Any) -> Chart:
    unit = unit_for(ask.period.days)
    by = date_dimension("done_at", pgettext("how many", "Done"), unit)
    counts = rows.annotate(group=by.expression).values("group").annotate(n=Count("pk")).order_by()
    groups = named(ask, by, _of_people(ask), {line["group"]: line for line in counts}, "n")
    points = [
        Point(
            label=group.label,
            values=[group.figures.get("n") or 0],
            urls=[_link(group.query)],
        )
        for group in groups
    ]
    return Chart(form="columns", title=_("Over time"), series=[pgettext("how many", "Done")], points=points)
