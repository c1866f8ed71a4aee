"""Figures as the pages, letters, files and programs want them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from infra.ui import formats
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.reports.figures import COUNT, MONEY, NUMBER, PERCENT, SPAN, Cell, Figures, Stat, Table
from modules.crm.views.report_drawing import cell_text, drawn

RIGHT = frozenset({COUNT, MONEY, NUMBER, PERCENT, SPAN})


def address_of(url: str) -> str:
    """A cell's address; "deal:5" names a card."""
    kind, colon, pk = url.partition(":")
    return kind_named(kind).url("card", int(pk)) if colon and pk.isdigit() else url


def page_of(figures: Figures) -> dict[str, Any]:
    """What the templates of a report draw."""
    currency = figures.currency
    return {
        "figures": figures,
        "stats": [_stat(stat, currency) for stat in figures.stats],
        "charts": [drawn(chart, currency) for chart in figures.charts if chart.points],
        "tables": [_table(table, currency) for table in figures.tables],
        "notes": [str(note) for note in figures.notes],
    }


def _change(change: Decimal | float, *, points: bool) -> str:
    """How much more or less than before, with its sign; in points where shares are compared, else in percent."""
    text = f"{'+' if change > 0 else '−' if change < 0 else ''}{abs(round(change))}"
    return text if points else formats.percent(text)


def _stat(stat: Stat, currency: str) -> dict[str, Any]:
    change = stat.change
    grew = change is not None and change > 0
    tone = ""
    if change and stat.better:
        tone = "good" if grew == (stat.better == "more") else "bad"
    points = stat.cell.kind == PERCENT
    return {
        "label": stat.label,
        "text": cell_text(stat.cell, currency) or "—",
        "url": stat.cell.url,
        "note": stat.note,
        "warn": stat.cell.tone == "warning" and bool(stat.cell.value),
        "change": None if change is None else _change(change, points=points),
        "points": points,
        "tone": tone,
        "grew": grew,
        "before": cell_text(stat.before, currency) if stat.before is not None else "",
    }


def _table(table: Table, currency: str) -> dict[str, Any]:
    kinds = table.kinds
    heads = [
        {"title": head, "right": place < len(kinds) and kinds[place] in RIGHT} for place, head in enumerate(table.heads)
    ]
    return {
        "title": table.title,
        "note": table.note,
        "heads": heads,
        "lines": [[_cell(cell, currency) for cell in line] for line in table.lines],
        "total": [_cell(cell, currency) for cell in table.total],
    }


def _cell(cell: Cell, currency: str) -> dict[str, Any]:
    return {
        "text": cell_text(cell, currency),
        "url": address_of(cell.url),
        "panel": ":" in cell.url and not cell.url.startswith("/"),
        "right": cell.kind in RIGHT,
        "warn": cell.tone == "warning" and bool(cell.value),
        "none": cell.kind == COUNT and not cell.value,
    }


def lines_of(figures: Figures) -> Iterator[list[Any]]:
    """The tables one below another, for a file: numbers as numbers, times in hours, amounts in the base currency."""
    for place, table in enumerate(figures.tables):
        if place:
            yield []
        kinds = table.kinds
        yield [
            f"{head}, {figures.currency}"
            if place < len(kinds) and kinds[place] == MONEY
            else _head(str(head), kinds, place)
            for place, head in enumerate(table.heads)
        ]
        for line in [*table.lines, *([table.total] if table.total else [])]:
            yield [plain(cell) for cell in line]


def _head(head: str, kinds: list[str], place: int) -> str:
    kind = kinds[place] if place < len(kinds) else ""
    return f"{head}, h" if kind == SPAN else f"{head}, %" if kind == PERCENT else head


def plain(cell: Cell) -> Any:
    """A cell's value as programs and spreadsheets take it."""
    value = cell.value
    match value:
        case None:
            return None
        case timedelta():
            return Decimal(round(value.total_seconds() / 3600, 2)).quantize(Decimal("0.01"))
        case Decimal():
            return value.quantize(Decimal("0.01"))
        case bool() | int():
            return value
        case float():
            return round(value, 2)
    return str(value)


def document_of(figures: Figures) -> dict[str, Any]:
    """The report for the API: headline figures and tables, each figure with the list it is made of."""

    def told(cell: Cell) -> dict[str, Any]:
        value = plain(cell)
        return {
            "value": str(value) if isinstance(value, Decimal) else value,
            "kind": cell.kind,
            "url": address_of(cell.url) or None,
        }

    return {
        "currency": figures.currency or None,
        "empty": figures.empty,
        "notes": [str(note) for note in figures.notes],
        "stats": [
            {
                "label": str(stat.label),
                **told(stat.cell),
                "before": told(stat.before)["value"] if stat.before is not None else None,
            }
            for stat in figures.stats
        ],
        "tables": [
            {
                "title": str(table.title),
                "heads": [str(head) for head in table.heads],
                "rows": [[told(cell) for cell in line] for line in table.lines],
                "total": [told(cell) for cell in table.total] or None,
            }
            for table in figures.tables
        ],
    }
