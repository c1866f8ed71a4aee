"""What a report answers with: figures with the lists behind them, as charts and tables, free of any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from infra.kit.errors import Text

COUNT, MONEY, PERCENT, SPAN, NUMBER, TEXT = "count", "money", "percent", "span", "number", "text"
KINDS = frozenset({COUNT, MONEY, PERCENT, SPAN, NUMBER, TEXT})


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure. `url` leads to the records that it is made of; `value` None shows nothing."""

    value: Any = None
    kind: str = TEXT
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Lines of cells under `heads`; the first cell names the line, `total` stands below."""

    title: Text
    heads: Sequence[Text]
    lines: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    note: Text = ""

    @property
    def kinds(self) -> list[str]:
        """The kind of every column."""
        first = self.lines[0] if self.lines else self.total
        return [cell.kind for cell in first]


@dataclass(frozen=True, kw_only=True)
class Stat:
    """A headline figure and what it was in the period before. `better` is "more", "less" or "" (neither)."""

    label: Text
    cell: Cell
    before: Cell | None = None
    better: str = "more"
    note: Text = ""

    @property
    def change(self) -> Decimal | None:
        """By how many percent it differs from before (points for percentages), None where that says nothing."""
        now, then = self.cell.value, self.before.value if self.before else None
        if now is None or then is None:
            return None
        if isinstance(now, timedelta):
            now, then = Decimal(now.total_seconds()), Decimal(then.total_seconds())
        if self.cell.kind == PERCENT:
            return Decimal(now) - Decimal(then)
        return None if not then else (Decimal(now) - Decimal(then)) / Decimal(then) * 100


@dataclass(frozen=True, kw_only=True)
class Point:
    """A place of a chart: its label, a value per series, and where a click leads."""

    label: str
    values: Sequence[Any]
    urls: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What is drawn: "bars" (categories), "columns" or "line" (time), "plan" (two parts and a mark), "funnel"."""

    form: str
    title: Text
    series: Sequence[Text]
    points: Sequence[Point]
    kind: str = COUNT


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A report's answer. `currency` is that of its amounts, `notes` say what it leaves out; an `empty` one has none."""

    stats: Sequence[Stat] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    currency: str = ""
    notes: Sequence[Text] = field(default_factory=tuple)
    empty: bool = False

    def with_notes(self, *notes: Text) -> Figures:
        """The same with further notes, each once."""
        return replace(self, notes=tuple(dict.fromkeys((*self.notes, *(note for note in notes if note)))))


def count(value: int, url: str = "", tone: str = "") -> Cell:
    """How many; none of them lead nowhere."""
    return Cell(value=value, kind=COUNT, url=url if value else "", tone=tone)


def money(value: Decimal | None, url: str = "") -> Cell:
    """An amount in the base currency."""
    return Cell(value=value, kind=MONEY, url=url if value else "")


def percent(part: Any, whole: Any) -> Cell:
    """What part of the whole it is; nothing of nothing is left empty."""
    return Cell(value=Decimal(part) / Decimal(whole) * 100 if whole else None, kind=PERCENT)


def span(value: timedelta | None) -> Cell:
    """How long."""
    return Cell(value=value, kind=SPAN)


def text(value: Text, url: str = "", tone: str = "") -> Cell:
    """Words."""
    return Cell(value=value, kind=TEXT, url=url, tone=tone)
