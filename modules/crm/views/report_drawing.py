"""Charts as geometry: places in percent of the width, so that they fit every screen without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import floor, log10
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal
from django.utils.translation import gettext as _

from infra.ui import formats
from modules.crm.domain.reports.figures import COUNT, MONEY, NUMBER, PERCENT, SPAN, Cell, Chart

HEIGHT = 200  # pixels that columns and lines may take
_LABELS = 12


def shown(value: Any, kind: str, currency: str) -> str:
    """A figure as people read it."""
    if value is None:
        return ""
    match kind:
        case "count":
            return formats.number(value)
        case "money":
            return formats.money(Decimal(value).quantize(Decimal(1)), currency)
        case "percent":
            digits = 1 if abs(value) < 10 else 0
            return formats.percent(formats.number(round(Decimal(value), digits).normalize() + 0))
        case "number":
            return formats.number(Decimal(value).quantize(Decimal("0.01")).normalize() + 0)
        case "span":
            return span_text(value)
    return str(value)


def span_text(value: timedelta) -> str:
    """A span of time to its greatest unit that says enough: 40 minutes, 30 hours, 12 days."""
    if value < timedelta(minutes=1):
        return _("under a minute")
    if timedelta(days=2) <= value < timedelta(days=90):
        return str(
            format_timedelta(
                timedelta(days=round(value / timedelta(days=1))),
                granularity="day",
                threshold=90,
                locale=formats.current_locale(),
            )
        )
    return str(format_timedelta(value, threshold=2, locale=formats.current_locale()))


def brief(value: Any, kind: str) -> str:
    """A figure for an axis: 1.2M."""
    if kind == SPAN or value is None:
        return shown(value, SPAN, "")
    text = str(
        format_compact_decimal(
            Decimal(value), fraction_digits=1 if abs(value) >= 1000 else 0, locale=formats.current_locale()
        )
    )
    return formats.percent(text) if kind == PERCENT else text


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a bar or column: where it begins and how long it is, in percent."""

    at: str
    size: str
    series: int
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of bars, or one column: its label, its parts and what it says."""

    label: str
    parts: Sequence[Part]
    value: str
    note: str = ""
    at: str = ""
    width: str = ""
    middle: str = ""
    mark: str = ""
    labelled: bool = True
    extra: int = 0


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart ready for its template `form`; `legend` names the series where there are several."""

    form: str
    title: str
    bars: Sequence[Bar]
    legend: Sequence[tuple[int, str]]
    grid: Sequence[tuple[str, str]] = ()
    lines: Sequence[tuple[int, str]] = ()
    summary: str = ""


def _percent(value: float) -> str:
    return f"{max(value, 0):.2f}%"


def _float(value: Any) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value or 0)


def drawn(chart: Chart, currency: str) -> Drawing:
    """`chart` with places and sizes."""
    match chart.form:
        case "bars" | "funnel":
            return _bars(chart, currency)
        case "line":
            return _line(chart, currency)
    return _columns(chart, currency)


def _legend(chart: Chart) -> list[tuple[int, str]]:
    return [(place % 8, str(title)) for place, title in enumerate(chart.series)] if len(chart.series) > 1 else []


def _summary(chart: Chart, currency: str) -> str:
    """The chart in words, for who does not see it."""
    said = (f"{point.label}: {shown(_whole(point.values), chart.kind, currency)}" for point in chart.points)
    return "; ".join(said)


def _whole(values: Sequence[Any]) -> Any:
    values = [value for value in values if value]
    return sum(values[1:], values[0]) if values else 0


def _title(chart: Chart, label: str, place: int, value: Any, currency: str) -> str:
    name = f" · {chart.series[place]}" if len(chart.series) > 1 else ""
    return f"{label}{name}: {shown(value, chart.kind, currency)}"


def _bars(chart: Chart, currency: str) -> Drawing:
    most = max((sum(map(_float, point.values)) for point in chart.points), default=0) or 1
    bars = []
    for point in chart.points:
        at = 50 - sum(map(_float, point.values)) / most * 50 if chart.form == "funnel" else 0.0
        parts = []
        for place, value in enumerate(point.values):
            size = _float(value) / most * 100
            if size <= 0:
                continue
            url = point.urls[place] if place < len(point.urls) else ""
            title = _title(chart, point.label, place, value, currency)
            size = max(size, 0.5)
            parts.append(Part(at=_percent(at), size=_percent(size), series=place % 8, title=title, url=url))
            at += size
        value = shown(_whole(point.values), chart.kind, currency)
        bars.append(Bar(label=point.label, parts=parts, value=value, note=point.note))
    return Drawing(
        form=chart.form, title=str(chart.title), bars=bars, legend=_legend(chart), summary=_summary(chart, currency)
    )


def _top(most: float) -> tuple[float, float]:
    """The top of the axis and the step of its grid: 1, 2 or 5 with noughts."""
    if most <= 0:
        return 1.0, 1.0
    rough = most / 4
    power = 10 ** floor(log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough * 0.999)
    steps = -(-most // step)
    return step * steps, step


def _grid(top: float, step: float, kind: str) -> list[tuple[str, str]]:
    lines, value = [], step
    while value <= top * 1.0001:
        shown_value: Any = timedelta(seconds=value) if kind == SPAN else Decimal(str(round(value, 6)))
        lines.append((f"{HEIGHT - value / top * HEIGHT:.1f}", brief(shown_value, kind)))
        value += step
    return lines


def _placed(chart: Chart) -> list[dict[str, Any]]:
    number = len(chart.points) or 1
    every = -(-number // _LABELS)
    many = number > every * 6  # labels then make room in two steps, else in one
    slot = 100 / number
    gap = min(slot * 0.3, 4.0)
    return [
        {
            "at": _percent(place * slot + gap / 2),
            "width": _percent(slot - gap),
            "middle": _percent((place + 0.5) * slot),
            "labelled": place % every == 0,
            "extra": 2 if many and place % (every * 2) else 1 if number > every * 4 and place % (every * 4) else 0,
        }
        for place in range(len(chart.points))
    ]


def _columns(chart: Chart, currency: str) -> Drawing:
    marked = chart.form == "plan"
    count = len(chart.series) - 1 if marked else len(chart.series)
    heights = [sum(map(_float, point.values[:count])) for point in chart.points]
    marks = [_float(point.values[count]) if marked else 0.0 for point in chart.points]
    top, step = _top(max([*heights, *marks], default=0))
    bars = []
    for point, place in zip(chart.points, _placed(chart), strict=True):
        parts, foot = [], float(HEIGHT)
        for series, value in enumerate(point.values[:count]):
            size = _float(value) / top * HEIGHT
            if size <= 0:
                continue
            foot -= size
            url = point.urls[series] if series < len(point.urls) else ""
            title = _title(chart, point.label, series, value, currency)
            parts.append(Part(at=f"{foot:.1f}", size=f"{max(size, 1):.1f}", series=series % 8, title=title, url=url))
        mark = f"{HEIGHT - _float(point.values[count]) / top * HEIGHT:.1f}" if marked and point.values[count] else ""
        note = _title(chart, point.label, count, point.values[count], currency) if mark else ""
        value = brief(_whole(point.values[:count]), chart.kind) if len(chart.points) <= _LABELS and parts else ""
        bars.append(Bar(label=point.label, parts=parts, value=value, note=note, mark=mark, **place))
    return Drawing(
        form="columns",
        title=str(chart.title),
        bars=bars,
        legend=_legend(chart),
        grid=_grid(top, step, chart.kind),
        summary=_summary(chart, currency),
    )


def _line(chart: Chart, currency: str) -> Drawing:
    top, step = _top(max((_float(value) for point in chart.points for value in point.values), default=0))
    placed, number = _placed(chart), len(chart.points) or 1
    bars = []
    for point, place in zip(chart.points, placed, strict=True):
        parts = [
            Part(
                at=f"{HEIGHT - _float(value) / top * HEIGHT:.1f}",
                size="",
                series=series % 8,
                title=_title(chart, point.label, series, value, currency),
                url=point.urls[series] if series < len(point.urls) else "",
            )
            for series, value in enumerate(point.values)
        ]
        bars.append(Bar(label=point.label, parts=parts, value="", **place))
    lines = []
    for series in range(len(chart.series)):
        points = (
            f"{(place + 0.5) / number * 100:.2f},{HEIGHT - _float(point.values[series]) / top * HEIGHT:.1f}"
            for place, point in enumerate(chart.points)
        )
        lines.append((series % 8, " ".join(points)))
    return Drawing(
        form="line",
        title=str(chart.title),
        bars=bars,
        legend=_legend(chart),
        grid=_grid(top, step, chart.kind),
        lines=lines,
        summary=_summary(chart, currency),
    )


def cell_text(cell: Cell, currency: str) -> str:
    """A cell as people read it."""
    return shown(cell.value, cell.kind, currency)


RIGHT = frozenset({COUNT, MONEY, NUMBER, PERCENT, SPAN})
