"""Reports of one's own: any kind of record, filtered, grouped once or twice, measured, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import may
from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind, kinds
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed, span_of
from modules.crm.domain.reports.dimensions import Dimension, crossed, dimensions
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import MOST, cut, named
from modules.crm.domain.reports.measures import COUNT, Measure, left_out, measures

CHARTS: Mapping[str, Text] = {
    "bars": gettext_lazy("Bars"),
    "columns": gettext_lazy("Columns"),
    "line": gettext_lazy("Line"),
    "none": gettext_lazy("Table only"),
}
MOST_MEASURES, MOST_COLUMNS, DRAWN = 3, 12, 24


def kinds_for(ask: Ask) -> dict[str, Kind]:
    """Kinds of records that the person may see."""
    return {key: kind for key, kind in kinds().items() if may(ask.actor, kind.permission("view"))}


def kind_asked(ask: Ask) -> Kind | None:
    """The kind that is reported on: deals unless another one is asked for."""
    known = kinds_for(ask)
    return known.get(ask.setting("of", known, "deal" if "deal" in known else next(iter(known), "")))


def days_of(kind: Kind, ways: Mapping[str, Dimension]) -> dict[str, Text]:
    """Days and moments that the period can be applied to."""
    return {key.removesuffix(".day"): way.title for key, way in ways.items() if way.unit == "day"}


def chosen(ask: Ask, kind: Kind) -> tuple[Dimension, Dimension | None, list[Measure], str]:
    """How the person groups (once, twice), measures and draws."""
    ways, known = dimensions(ask, kind), measures(ask, kind)
    for name, there in (("by", ways), ("then", ways), ("measure", known)):
        if not set(filter(None, ask.query.getlist(name))) <= set(there):
            ask.miss(name)
    by = ways[ask.setting("by", ways, "stage" if kind.staged else "responsible")]
    then = ways.get(ask.setting("then", ways))
    asked = [known[key] for key in dict.fromkeys(ask.query.getlist("measure")) if key in known]
    chart = ask.setting("chart", CHARTS, "columns" if by.unit else "bars")
    return by, (then if then is not by else None), asked[:MOST_MEASURES] or [COUNT], chart


def built(ask: Ask) -> Figures:
    """The figures of a report of one's own."""
    kind = kind_asked(ask)
    if kind is None:
        return Figures(empty=True)
    by, then, asked, chart = chosen(ask, kind)
    query = scope_of(ask, kind)
    rows = ask.rows(kind, query)
    whole, groups = _measured(rows, asked, []), _measured(rows, asked, [by])
    if not groups:
        return Figures(empty=True, currency=ask.currency)
    if then is None:
        table, drawn = _flat(ask, kind, by, asked, query, groups, whole, chart)
    else:
        table, drawn = _crossed(ask, kind, (by, then), asked[0], query, _measured(rows, asked[:1], [by, then]), chart)
    stats = [
        Stat(label=measure.title, cell=_cell(measure, whole[()].get(_name(place)), ask.link(kind, query)), better="")
        for place, measure in enumerate(asked)
    ]
    paid = any(measure.key.startswith("amount.") for measure in asked)
    notes = left_out(ask, kind, rows, [{"foreign": True}]) if paid else ""
    charts = [drawn] if chart != "none" and drawn.points else []
    return Figures(stats=stats, charts=charts, tables=[table], currency=ask.currency).with_notes(notes)


def scope_of(ask: Ask, kind: Kind) -> QueryDict:
    """The filter, with the period where one is applied to a day of the record."""
    when = ask.setting("when", days_of(kind, dimensions(ask, kind)))
    return narrowed(ask.filter, **span_of(when, ask.period.first, ask.period.last)) if when else ask.filter


def _name(place: int) -> str:
    return f"m{place}"


def _measured(rows: Any, asked: Sequence[Measure], ways: Sequence[Dimension]) -> dict[tuple[Any, ...], dict[str, Any]]:
    columns = {name: column for measure in asked for name, column in measure.columns.items()}
    names = [f"g{place}" for place in range(len(ways))]
    aggregates = {_name(place): measure.aggregate for place, measure in enumerate(asked)}
    rows = rows.alias(**columns)
    if not ways:
        return {(): rows.aggregate(**aggregates)}
    expressions = [ways[0].expression, *(crossed(ways[0], way) for way in ways[1:])]
    rows = rows.annotate(**dict(zip(names, expressions, strict=True)))
    found = rows.values(*names).annotate(**aggregates).order_by()
    return {tuple(line[name] for name in names): line for line in found}


def _cell(measure: Measure, value: Any, url: str) -> Cell:
    if measure.way == "count":
        return figures.count(value or 0, url)
    return Cell(value=value, kind=measure.kind, url=url if value is not None and measure.way == "sum" else "")


def _flat(
    ask: Ask,
    kind: Kind,
    by: Dimension,
    asked: Sequence[Measure],
    query: QueryDict,
    found: Mapping[tuple[Any, ...], Mapping[str, Any]],
    whole: Mapping[tuple[Any, ...], Mapping[str, Any]],
    chart: str,
) -> tuple[Table, Chart]:
    lines, points = [], []
    for group in named(ask, by, query, {key[0]: line for key, line in found.items()}, _name(0))[:MOST]:
        url = ask.link(kind, group.query)
        cells = [_cell(measure, group.figures.get(_name(place)), url) for place, measure in enumerate(asked)]
        lines.append([figures.text(group.label), *cells])
        points.append(Point(label=group.label, values=[cells[0].value or 0], urls=[cells[0].url]))
    total = [_cell(measure, whole[()].get(_name(place)), "") for place, measure in enumerate(asked)]
    table = Table(
        title=by.title,
        heads=[by.title, *(measure.title for measure in asked)],
        lines=lines,
        total=[figures.text(_("Together")), *total] if len(lines) > 1 else (),
        note=cut(found),
    )
    series = [asked[0].title]
    return table, Chart(form=chart, title=asked[0].title, series=series, points=points[:DRAWN], kind=asked[0].kind)


def _crossed(
    ask: Ask,
    kind: Kind,
    ways: tuple[Dimension, Dimension],
    measure: Measure,
    query: QueryDict,
    found: Mapping[tuple[Any, ...], Mapping[str, Any]],
    chart: str,
) -> tuple[Table, Chart]:
    """Lines by the first way, columns by the second; columns beyond the largest ones are named in a note."""
    by, then = ways
    across = named(ask, then, query, _summed(found, 1), "m0")
    shown, lines, points = across[:MOST_COLUMNS], [], []
    down = named(ask, by, query, _summed(found, 0), "m0")
    for group in down[:MOST]:
        cells = []
        for column in shown:
            url = ask.link(kind, narrowed(group.query, **then.params(column.value)))
            line = found.get((group.value, column.value))
            cells.append(_cell(measure, line["m0"] if line else None, url) if line else Cell(kind=measure.kind))
        lines.append([figures.text(group.label), *cells])
        points.append(
            Point(
                label=group.label,
                values=[cell.value or 0 for cell in cells],
                urls=[cell.url for cell in cells],
            )
        )
    more = len(across) - len(shown)
    note = _("%(n)d smaller columns are left out; a filter shows them.") % {"n": more} if more else ""
    heads = [by.title, *(column.label for column in shown)]
    title = f"{by.title} × {then.title}"
    series = [column.label for column in shown]
    drawn = Chart(form=chart, title=measure.title, series=series, points=points[:DRAWN], kind=measure.kind)
    return Table(title=title, heads=heads, lines=lines, note=" ".join(filter(None, [note, str(cut(down))]))), drawn


def _summed(found: Mapping[tuple[Any, ...], Mapping[str, Any]], place: int) -> dict[Any, dict[str, Any]]:
    sums: dict[Any, dict[str, Any]] = {}
    for key, line in found.items():
        entry = sums.setdefault(key[place], {"m0": 0})
        entry["m0"] += line["m0"] or 0
    return sums
