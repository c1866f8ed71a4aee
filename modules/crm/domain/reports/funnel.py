"""The funnel: of the records created in the period, how many reached each stage, and where the others were lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra.ui.formats import percent
from modules.crm.domain.access import pipelines
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask, narrowed
from modules.crm.domain.reports.dimensions import Dimension
from modules.crm.domain.reports.figures import Cell, Chart, Figures, Point, Stat, Table
from modules.crm.domain.reports.grouping import named
from modules.crm.domain.reports.measures import amount_of, left_out
from modules.crm.domain.reports.measures import sums as sums_of
from modules.crm.domain.reports.period import Period
from modules.crm.models import Pipeline, Stage, StageStay

NEWEST_STAYS = 500  # of each stage: an average needs no more, and a year of moves may have millions
WON, LOST = Stage.Kind.WON, Stage.Kind.LOST


@dataclass
class _Sums:
    """Counts and sums by (stage, furthest stage), folded from the groups of the database."""

    stages: Sequence[Stage]
    counts: dict[tuple[int, int | None], int] = field(default_factory=dict)
    sums: dict[tuple[int, int | None], Decimal] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any]) -> None:
        """One group."""
        key = (line["stage_id"], line["reached_id"])
        self.counts[key] = self.counts.get(key, 0) + line["n"]
        self.sums[key] = self.sums.get(key, Decimal(0)) + amount_of(line.get("total"))

    def _pick(self, fits: Any) -> tuple[int, Decimal]:
        keys = [key for key in self.counts if fits(*key)]
        return sum(self.counts[key] for key in keys), sum((self.sums[key] for key in keys), Decimal(0))

    def all(self) -> tuple[int, Decimal]:
        """Every record."""
        return self._pick(lambda stage, reached: True)

    def reached(self, stage: Stage) -> tuple[int, Decimal]:
        """Records that have been in `stage` or further on."""
        ids = {one.pk for one in self.stages if one.kind != LOST and one.position >= stage.position}
        back = set() if stage.kind == WON else ids  # whoever was won and is no longer has not got there
        return self._pick(lambda now, reached: now in ids or reached in back)

    def now(self, stage: Stage) -> tuple[int, Decimal]:
        """Records that are in `stage`."""
        return self._pick(lambda now, reached: now == stage.pk)

    def lost(self, stage: Stage | None = None) -> tuple[int, Decimal]:
        """Lost records; with `stage` those that had come to it and no further."""
        ids = {one.pk for one in self.stages if one.kind == LOST}
        return self._pick(lambda now, reached: now in ids and (stage is None or reached == stage.pk))

    def won(self) -> tuple[int, Decimal]:
        """Won records."""
        ids = {one.pk for one in self.stages if one.kind == WON}
        return self._pick(lambda now, reached: now in ids)


def pipeline_asked(ask: Ask, kind: Kind) -> Pipeline | None:
    """The pipeline that the filter names, else the usual one; None in a portal without any."""
    known = pipelines(kind)
    asked = [pipeline for pipeline in known if str(pipeline.pk) == ask.filter.get("pipeline", "")]
    usual = [pipeline for pipeline in known if pipeline.is_usual]
    return next(iter([*asked, *usual, *known]), None)


def funnel(ask: Ask, kind: Kind, by: Dimension | None) -> Figures:
    """How many of those created in the period came how far, with sums, conversions, losses and the time per stage."""
    pipeline = pipeline_asked(ask, kind)
    if pipeline is None:
        return Figures(empty=True)
    if ask.filter.get("pipeline", str(pipeline.pk)) not in ("", str(pipeline.pk)):
        ask.rows(kind, ask.filter)  # says what is gone
        return Figures(empty=True)
    stages = list(pipeline.stages.all())
    query = ask.during("created_at", pipeline=pipeline.pk)
    rows = ask.rows(kind, query)
    seen = ask.sees(kind, "amount")
    groups = _groups(ask, kind, rows, by, seen)
    sums = _Sums(stages)
    for line in groups if by is None or not by.many else _groups(ask, kind, rows, None, seen):
        sums.add(line)
    if not sums.all()[0]:
        return Figures(empty=True, currency=ask.currency)
    before, earlier = None, ask.earlier()
    if earlier is not None:
        before = _Sums(stages)
        for line in _groups(earlier, kind, earlier.rows(kind, _cohort(earlier, pipeline)), None, seen):
            before.add(line)
    tables = [_table(ask, kind, sums, query, seen, _times(ask, kind, pipeline, stages))]
    if by is not None:
        tables.append(_breakdown(ask, kind, by, groups, stages, query, seen))
    return Figures(
        stats=_stats(ask, kind, sums, before, query, seen),
        charts=[_chart(ask, kind, sums, query, pipeline)],
        tables=tables,
        currency=ask.currency,
    ).with_notes(left_out(ask, kind, rows, groups))


def _cohort(ask: Ask, pipeline: Pipeline) -> QueryDict:
    return ask.during("created_at", pipeline=pipeline.pk)


def _groups(ask: Ask, kind: Kind, rows: Any, by: Dimension | None, seen: bool) -> list[dict[str, Any]]:
    names = ["stage_id", "reached_id"]
    if by is not None:
        rows, names = rows.annotate(group=by.expression), [*names, "group"]
    return list(rows.values(*names).annotate(**sums_of(ask, kind, seen)).order_by())


def _stats(ask: Ask, kind: Kind, sums: _Sums, before: _Sums | None, query: QueryDict, seen: bool) -> list[Stat]:
    (everything, _all), (won, worth), (lost, _lost) = sums.all(), sums.won(), sums.lost()
    then = before.all()[0] if before else None
    found = [
        Stat(
            label=_("Created"),
            cell=figures.count(everything, ask.link(kind, query)),
            before=None if before is None else figures.count(before.all()[0]),
        ),
        Stat(
            label=pgettext("how many", "Won"),
            cell=figures.count(won, ask.link(kind, narrowed(query, kind=WON.value))),
            before=None if before is None else figures.count(before.won()[0]),
        ),
        Stat(
            label=_("Conversion"),
            cell=figures.percent(won, everything),
            before=None if before is None else figures.percent(before.won()[0], then),
        ),
        Stat(
            label=pgettext("how many", "Lost"),
            cell=figures.count(lost, ask.link(kind, narrowed(query, kind=LOST.value))),
            before=None if before is None else figures.count(before.lost()[0]),
            better="less",
        ),
    ]
    if seen:
        won_before = None if before is None else figures.money(before.won()[1])
        found.insert(2, Stat(label=_("Sum of won"), cell=figures.money(worth), before=won_before))
    return found


def _ways(stages: Sequence[Stage]) -> list[Stage]:
    return [stage for stage in stages if stage.kind != LOST]


def _chart(ask: Ask, kind: Kind, sums: _Sums, query: QueryDict, pipeline: Pipeline) -> Chart:
    points: list[Point] = []
    previous: int | None = None
    for stage in _ways(sums.stages):
        number, _worth = sums.reached(stage)
        share: Any = figures.percent(number, previous).value if previous else None
        url = ask.link(kind, narrowed(query, reached=stage.pk)) if number else ""
        note = "" if share is None else percent(str(round(share)))
        points.append(Point(label=stage.title, values=[number], urls=[url], note=note))
        previous = number
    return Chart(form="funnel", title=pipeline.title, series=[_("Reached")], points=points)


def _table(
    ask: Ask,
    kind: Kind,
    sums: _Sums,
    query: QueryDict,
    seen: bool,
    times: Mapping[int, timedelta | None],
) -> Table:
    heads = [_("Stage"), _("Reached"), _("of the previous"), _("of all"), _("Here now"), _("Lost from here")]
    heads += [_("Sum reached")] if seen else []
    lines, previous, everything = [], sums.all()[0], sums.all()[0]
    for stage in _ways(sums.stages):
        (number, worth), (now, _now), (lost, _lost) = sums.reached(stage), sums.now(stage), sums.lost(stage)
        cells = [
            figures.text(stage.title),
            figures.count(number, ask.link(kind, narrowed(query, reached=stage.pk))),
            figures.percent(number, previous),
            figures.percent(number, everything),
            figures.count(now, ask.link(kind, narrowed(query, stage=stage.pk))),
            figures.count(lost, ask.link(kind, narrowed(query, kind=LOST.value, furthest=stage.pk))),
            *([figures.money(worth)] if seen else []),
            figures.span(times.get(stage.pk)),
        ]
        lines.append(cells)
        previous = number
    note = _("Time in a stage is the average of the newest %(n)d records that left it in the period.")
    note %= {"n": NEWEST_STAYS}
    return Table(title=_("Stage by stage"), heads=[*heads, _("Time in stage")], lines=lines, note=note)


def _times(ask: Ask, kind: Kind, pipeline: Pipeline, stages: Sequence[Stage]) -> dict[int, timedelta | None]:
    """How long records stood in each stage on average: of the newest that left it in the period and fit the filter."""
    rows = ask.rows(kind, narrowed(ask.filter, pipeline=pipeline.pk))
    ids = [stage.pk for stage in _ways(stages)]
    stays = _newest(ask, kind, ids)
    met = {record for newest in stays.values() for record, _span in newest}
    fits = set(rows.filter(pk__in=met).values_list("pk", flat=True)) if met else set()
    # Where others' records took places among the newest, those that fit are looked for themselves.
    full = {pk: {record for record, _span in newest} for pk, newest in stays.items() if len(newest) == NEWEST_STAYS}
    crowded = [pk for pk, records in full.items() if not records <= fits]
    stays |= _newest(ask, kind, crowded, rows)
    found: dict[int, timedelta | None] = {}
    for pk, newest in stays.items():
        spans = [span for record, span in newest if record in fits or pk in crowded]
        found[pk] = sum(spans, timedelta()) / len(spans) if spans else None
    return found


def _newest(ask: Ask, kind: Kind, ids: Sequence[int], rows: Any = None) -> dict[int, list[tuple[int, timedelta]]]:
    """The newest stays in each of these stages that ended in the period, of `rows` where given: whose, and how long."""
    first, until = _moments(ask.period)
    left = StageStay.objects.filter(left_at__gte=first, left_at__lt=until, **{f"{kind.link}__isnull": False})
    if rows is not None:
        left = left.filter(**{f"{kind.link}__in": rows.values("pk")})
    columns = ("stage_id", f"{kind.link}_id", "entered_at", "left_at")
    parts = [left.filter(stage_id=pk).order_by("-left_at").values_list(*columns)[:NEWEST_STAYS] for pk in ids]
    found: dict[int, list[tuple[int, timedelta]]] = {pk: [] for pk in ids}
    for pk, record, entered, gone in parts[0].union(*parts[1:], all=True) if parts else ():
        found[pk].append((record, gone - entered))
    return found


def _moments(period: Period) -> tuple[datetime, datetime]:
    days = period.first, period.last + timedelta(days=1)
    first, until = (timezone.make_aware(datetime.combine(day, time())) for day in days)
    return first, until


def _breakdown(
    ask: Ask,
    kind: Kind,
    by: Dimension,
    groups: Sequence[Mapping[str, Any]],
    stages: Sequence[Stage],
    query: QueryDict,
    seen: bool,
) -> Table:
    parts: dict[Any, _Sums] = {}
    for line in groups:
        parts.setdefault(line["group"], _Sums(stages)).add(line)
    heads = [
        by.title,
        _("Created"),
        pgettext("how many", "Won"),
        pgettext("how many", "Lost"),
        _("Conversion"),
        *([_("Sum of won")] if seen else []),
    ]
    lines: list[list[Cell]] = []
    for group in named(ask, by, query, {value: {"n": part.all()[0]} for value, part in parts.items()}, "n"):
        part = parts.get(group.value, _Sums(stages))
        won, worth = part.won()
        won_query, lost_query = (narrowed(group.query, kind=state) for state in (WON.value, LOST.value))
        lines.append(
            [
                figures.text(group.label),
                figures.count(part.all()[0], ask.link(kind, group.query)),
                figures.count(won, ask.link(kind, won_query)),
                figures.count(part.lost()[0], ask.link(kind, lost_query)),
                figures.percent(won, part.all()[0]),
                *([figures.money(worth, ask.link(kind, won_query))] if seen else []),
            ]
        )
    return Table(title=by.title, heads=heads, lines=lines)
