"""The reports there are, each with what it may be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.access import Actor, may
from infra.kit.errors import NotFound, Text
from modules.crm.domain.kinds import DEAL, LEAD, Kind, kinds, smart_kinds
from modules.crm.domain.reports.asking import Ask
from modules.crm.domain.reports.built import built, kind_asked
from modules.crm.domain.reports.dimensions import Dimension, dimensions
from modules.crm.domain.reports.figures import Figures
from modules.crm.domain.reports.forecast import forecast
from modules.crm.domain.reports.forgotten import forgotten
from modules.crm.domain.reports.funnel import funnel
from modules.crm.domain.reports.lost import lost
from modules.crm.domain.reports.period import AHEAD, PERIODS
from modules.crm.domain.reports.receivables import receivables
from modules.crm.domain.reports.response import response
from modules.crm.domain.reports.sales import products, sales
from modules.crm.domain.reports.team import team

VIEW = "crm.report.view"
BUILT = "built"
PRODUCTS = "product"  # sales are broken down by the products on their rows, too


@dataclass(frozen=True, kw_only=True)
class Source:
    """A report of the catalogue.

    `kinds` are what it can be about, the first is usual, none means any; `staged` adds the company's own kinds with
    stages. `filtered`: the filter of their list applies. `by` is what it is broken down by at first, "" where it is
    not. `periods` are those on offer, None where it is about now.
    """

    key: str
    title: Text
    text: Text
    icon: str
    figures: Callable[[Ask], Figures]
    kinds: Sequence[str] = ()
    by: str = ""
    periods: Mapping[str, Text] | None = None
    usual: str = "this_month"
    filtered: bool = True
    staged: bool = False

    @property
    def compared(self) -> bool:
        """Whether figures stand beside those of the period before."""
        return self.periods is not None and self.key != BUILT

    def run(self, ask: Ask) -> Figures:
        """What it answers, with a note on everything that it asks for and that is gone."""
        return self.figures(ask).with_notes(*dict.fromkeys(ask.gone.values()))


def kind_of(ask: Ask, source: Source) -> Kind | None:
    """The kind of record that is asked about, of those the person may see."""
    if source.key == BUILT:
        return kind_asked(ask)
    known = kinds_of(ask.actor, source)
    return known[ask.setting("of", known, next(iter(known)))] if known else None


def kinds_of(actor: Actor, source: Source) -> dict[str, Kind]:
    """The kinds of records that the person may ask the report about."""
    every = kinds()
    keys = [*source.kinds, *(key for key, kind in smart_kinds().items() if kind.staged and source.staged)]
    return {key: every[key] for key in keys or every if may(actor, every[key].permission("view"))}


def by_of(ask: Ask, kind: Kind, usual: str) -> Dimension:
    """What figures are broken down by."""
    ways = dimensions(ask, kind)
    if ask.query.get("by", PRODUCTS) not in {"", PRODUCTS, *ways}:
        ask.miss("by")
    return ways[ask.setting("by", ways, usual if usual in ways else "responsible")]


def _of_kind(key: str, act: Callable[[Ask, Kind], Figures]) -> Callable[[Ask], Figures]:
    def run(ask: Ask) -> Figures:
        kind = kind_of(ask, SOURCES[key])
        return act(ask, kind) if kind is not None else Figures(empty=True)

    return run


def _funnel(ask: Ask, kind: Kind) -> Figures:
    return funnel(ask, kind, by_of(ask, kind, "responsible"))


def _sales(ask: Ask) -> Figures:
    return products(ask) if ask.query.get("by") == PRODUCTS else sales(ask, by_of(ask, DEAL, SOURCES["sales"].by))


def _by(key: str, kind: Kind, act: Callable[[Ask, Dimension], Figures]) -> Callable[[Ask], Figures]:
    return lambda ask: act(ask, by_of(ask, kind, SOURCES[key].by))


SOURCES: dict[str, Source] = {
    source.key: source
    for source in (
        Source(
            key="funnel",
            title=_("Funnel"),
            text=_("How far those who came in get, and where they are lost."),
            icon="filter",
            figures=_of_kind("funnel", _funnel),
            kinds=("deal", "lead"),
            staged=True,
            by="responsible",
            periods=PERIODS,
            usual="this_quarter",
        ),
        Source(
            key="forecast",
            title=_("Forecast and plan"),
            text=_("What is won, what is still expected, and whether it meets the plan."),
            icon="target",
            figures=forecast,
            kinds=("deal",),
            periods=AHEAD,
            usual="this_quarter",
        ),
        Source(
            key="sales",
            title=_("Sales"),
            text=_("What was sold: over time, by source, channel, person or client."),
            icon="chart-bar",
            figures=_sales,
            kinds=("deal",),
            by="source",
            periods=PERIODS,
        ),
        Source(
            key="team",
            title=_("Work of the team"),
            text=_("Calls, meetings, letters and tasks done by each person, and what they sold."),
            icon="users",
            figures=team,
            kinds=("deal",),
            periods=PERIODS,
            filtered=False,
        ),
        Source(
            key="lost",
            title=pgettext_lazy("a report", "Lost"),
            text=_("Why deals and leads are lost, and at which stage."),
            icon="circle-x",
            figures=_of_kind("lost", lost),
            kinds=("deal", "lead"),
            staged=True,
            periods=PERIODS,
            usual="this_quarter",
        ),
        Source(
            key="forgotten",
            title=_("Forgotten work"),
            text=_("Open deals and leads that nobody has planned a step for or touched for days."),
            icon="zzz",
            figures=_of_kind("forgotten", forgotten),
            kinds=("deal", "lead"),
            staged=True,
        ),
        Source(
            key="response",
            title=_("First answer"),
            text=_("How soon new leads are answered, and by whom."),
            icon="clock-bolt",
            figures=_by("response", LEAD, response),
            kinds=("lead",),
            by="responsible",
            periods=PERIODS,
        ),
        Source(
            key="receivables",
            title=_("Receivables"),
            text=_("What invoices still wait for, by how long they are overdue."),
            icon="cash",
            figures=receivables,
            kinds=("invoice",),
        ),
        Source(
            key=BUILT,
            title=_("Own report"),
            text=_("Choose what to count, how to group it and how to draw it."),
            icon="adjustments",
            figures=built,
            periods=PERIODS,
        ),
    )
}


def source_named(key: str) -> Source:
    """The report of the catalogue called `key`. Raises NotFound."""
    try:
        return SOURCES[key]
    except KeyError:
        raise NotFound from None


def ask_of(actor: Actor, source: Source, query: QueryDict) -> Ask:
    """A question to `source` as the address puts it."""
    return Ask(actor=actor, query=query, periods=source.periods or PERIODS, usual=source.usual)


def open_to(actor: Actor, source: Source) -> bool:
    """Whether the person may see any record that the report is about."""
    return bool(kinds_of(actor, source))


def report_keys() -> list[str]:
    """The ready reports, by their keys in addresses, in the order that the page of reports shows them."""
    return list(SOURCES)
