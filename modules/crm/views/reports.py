"""Reports: the catalogue, and each report with its period, its filter, its charts and tables."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from infra.kit.access import may, require_permission
from infra.kit.errors import Denied, NotFound
from infra.kit.screens import screen
from infra.ui import formats
from infra.ui.lists.exporting import FORMATS, file_of
from infra.ui.lists.filters import query_without
from infra.ui.lists.narrowing import FIELDS, Narrowed
from modules.crm.domain.access import pipelines, visible
from modules.crm.domain.goal import MANAGE as SET_GOALS
from modules.crm.domain.kinds import DEAL, PRODUCT, Kind
from modules.crm.domain.reports.asking import SETTINGS, Ask
from modules.crm.domain.reports.built import CHARTS, MOST_MEASURES, chosen, days_of
from modules.crm.domain.reports.catalogue import (
    BUILT,
    PRODUCTS,
    SOURCES,
    VIEW,
    Source,
    ask_of,
    by_of,
    kind_of,
    kinds_of,
    open_to,
)
from modules.crm.domain.reports.catalogue import source_named as named
from modules.crm.domain.reports.dimensions import UNITS, Dimension, dimensions
from modules.crm.domain.reports.forgotten import days_asked
from modules.crm.domain.reports.funnel import pipeline_asked
from modules.crm.domain.reports.measures import measures
from modules.crm.domain.reports.period import OWN, Period
from modules.crm.domain.reports.saved import MANAGE, access_report, may_change, reports_for
from modules.crm.domain.reports.size import is_large, takes_long
from modules.crm.filters import filters_of
from modules.crm.models import Report
from modules.crm.views.asking import actor_of, optional_number
from modules.crm.views.report_parts import lines_of, page_of

TARGET = "crm-report"
NOW = "now"  # the value of `part` that asks for figures with the page, however long they take


@screen(VIEW)
def gallery(request: HttpRequest) -> HttpResponseBase:
    """The reports there are, and those that people keep."""
    actor = actor_of(request)
    kept = [
        {"report": report, "icon": SOURCES[report.source].icon, "url": kept_url(report)}
        for report in reports_for(actor)[:200]
        if report.source in SOURCES and open_to(actor, SOURCES[report.source])
    ]
    sources = [source for source in SOURCES.values() if open_to(actor, source) and source.key != BUILT]
    context = {"sources": sources, "kept": kept, "may_plan": may(actor, SET_GOALS), "may_build": bool(sources)}
    return render(request, "crm/reports/gallery.html", context)


def kept_url(report: Report) -> str:
    """Where a kept report is seen."""
    query = QueryDict(report.query, mutable=True)
    query["saved"] = str(report.pk)
    return f"{reverse('crm:report', args=[report.source])}?{query.urlencode()}"


@screen(VIEW)
def kept(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """A kept report under a short address."""
    return redirect(kept_url(access_report(actor_of(request), report_id)))


class ReportScreen(Narrowed[Any]):
    """One report of the catalogue; `?part=filter` are the fields of its filter, `?export=csv` is its file."""

    source: Source
    filterset_class: ClassVar[Any] = None
    http_method_names = ["get", "head", "options"]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.source = named(kwargs["key"])

    @cached_property
    def ask(self) -> Ask:
        """What is asked."""
        return ask_of(self.actor, self.source, self.request.GET)

    @cached_property
    def kind(self) -> Kind | None:
        """The kind of record it is about."""
        return kind_of(self.ask, self.source)

    def rows(self) -> QuerySet[Any, Any]:
        if self.kind is None:
            raise NotFound
        return visible(self.actor, self.kind)

    @cached_property
    def given(self) -> list[tuple[str, str]]:
        """The filter in the address, without the report's own settings."""
        own = ("quiet", "pipeline", *(("next_step",) if self.source.key == "forgotten" else ()))
        return [pair for pair in super().given if pair[0] not in SETTINGS and pair[0] not in own]

    @cached_property
    def kept(self) -> Report | None:
        """The kept report that is open."""
        pk = optional_number(self.request.GET.get("saved", ""))
        return reports_for(self.actor).filter(pk=pk).first() if pk is not None else None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not open_to(self.actor, self.source):
            require_permission(self.actor, DEAL.permission("view"))
        if self.source.filtered and self.kind is not None:
            self.__dict__["filterset_class"] = filters_of(self.kind)
        if request.GET.get("part") == FIELDS:
            return self.filter_fields()
        form = request.GET.get("export", "")
        if form:
            return self._export(form)
        if request.headers.get("HX-Target") == TARGET:
            return render(request, "crm/reports/body.html", {**self.get_context(), **self._figures()})
        context = self.get_context()
        if self.kind is not None and request.GET.get("part") != NOW:
            if self.source.periods:
                context["later"] = takes_long(self.ask, self.kind)
            elif self.source.key == "forgotten" and is_large(self.kind):
                self.__dict__["ask"] = replace(self.ask, compared=False)
                context["compared_later"] = True
        if not context.get("later"):
            context |= self._figures()
        return render(request, "crm/reports/report.html", context)

    def _export(self, form: str) -> HttpResponseBase:
        if form not in FORMATS:
            raise NotFound
        if not self.may_export:
            raise Denied(permission=(self.kind or DEAL).permission("export"))
        lines = list(lines_of(self.source.run(self.ask)))
        return file_of(lines, name=f"{self.source.key}-report", form=form)

    @property
    def may_export(self) -> bool:
        """Whether the person may take figures away: who may export the records they are made of."""
        return may(self.actor, (self.kind or DEAL).permission("export"))

    def _figures(self) -> dict[str, Any]:
        began = time.perf_counter()
        found = page_of(self.source.run(self.ask))
        return {**found, "took": round(time.perf_counter() - began, 1)}

    def get_context(self) -> dict[str, Any]:
        """Everything the page draws but the figures."""
        query = self.request.GET
        title = self.kept.name if self.kept is not None else self.source.title
        return {
            "list": self,
            "source": self.source,
            "title": title,
            "saved": self.kept,
            "may_change": self.kept is not None and may_change(self.actor, self.kept),
            "may_share": may(self.actor, MANAGE),
            "may_plan": may(self.actor, SET_GOALS),
            "may_export": self.may_export,
            "chips": self.chips if self.filterset_class else [],
            "query": query_without(query, ["saved", "export", "part"]).removeprefix("?"),
            "export_csv": query_without(query, [], export="csv"),
            "export_xlsx": query_without(query, [], export="xlsx"),
            "clear_url": self._clear_url(),
            "filter_tail": f"&of={self.kind.key}" if self.kind is not None else "",
            "now_url": query_without(query, [], part=NOW),
            **self._settings(),
        }

    def _clear_url(self) -> str:
        return query_without(self.request.GET, [name for name, _value in self.given])

    def _settings(self) -> dict[str, Any]:
        ask, kind = self.ask, self.kind
        settings: dict[str, Any] = {
            "kinds": self._kinds(),
            "of": kind.key if kind is not None and len(self._kinds()) > 1 else "",
            "period": None,
            "building": None,
        }
        if self.source.periods:
            settings |= {
                "period": ask.period,
                "periods": [(key, title, key == ask.period.key) for key, title in self.source.periods.items()],
                "span": span_words(ask.period),
                "compared": span_words(ask.period.before) if self.source.compared and ask.period.before else "",
                "own": OWN,
            }
        if self.source.key == BUILT and kind is not None:
            settings["building"] = self._building(kind)
        elif self.source.by and kind is not None:
            settings["ways"] = self._ways(kind)
        if self.source.key in ("funnel", "forecast") and kind is not None:
            lanes = pipelines(kind)
            asked = pipeline_asked(ask, kind) if self.source.key == "funnel" else None
            chosen_id = str(asked.pk) if asked else self.request.GET.get("pipeline", "")
            settings["lanes"] = (
                [(lane.pk, lane.title, str(lane.pk) == chosen_id) for lane in lanes] if lanes[1:] else []
            )
            settings["any_lane"] = self.source.key == "forecast"
        if self.source.key == "forgotten":
            settings["days"] = days_asked(ask)
        return settings

    def _ways(self, kind: Kind) -> list[tuple[str, str, bool]]:
        """What figures can be broken down by."""
        ways = choices_of(dimensions(self.ask, kind), by_of(self.ask, kind, self.source.by).key)
        if self.source.key != "sales" or not may(self.actor, PRODUCT.permission("view")):
            return ways
        chosen_one = self.request.GET.get("by") == PRODUCTS
        return [(PRODUCTS, str(PRODUCT.title), chosen_one), *((*way[:2], way[2] and not chosen_one) for way in ways)]

    def _kinds(self) -> list[dict[str, Any]]:
        known = list(kinds_of(self.actor, self.source).values())
        period = {name: self.request.GET[name] for name in ("period", "from", "to") if name in self.request.GET}
        made = []
        for kind in known if len(known) > 1 else []:
            address = QueryDict(mutable=True)
            address.update({"of": kind.key, **period})
            made.append({"title": kind.plural, "url": f"?{address.urlencode()}", "active": kind == self.kind})
        return made

    def _building(self, kind: Kind) -> dict[str, Any]:
        ask = self.ask
        ways, known = dimensions(ask, kind), measures(ask, kind)
        by, then, asked, chart = chosen(ask, kind)
        days = days_of(kind, ways)
        when = ask.setting("when", days)
        return {
            "by": choices_of(ways, by.key),
            "then": choices_of(ways, then.key if then else ""),
            "measures": [
                [(key, item.title, place < len(asked) and asked[place].key == key) for key, item in known.items()]
                for place in range(1 if then else MOST_MEASURES)
            ],
            "charts": [(key, title, key == chart) for key, title in CHARTS.items()],
            "when": [(key, title, key == when) for key, title in days.items()],
            "dated": bool(when),
        }


def choices_of(ways: dict[str, Dimension], chosen_key: str) -> list[tuple[str, str, bool]]:
    """Ways to group, for a select: key, what it says, and whether it is the chosen one."""
    made = []
    for key, way in ways.items():
        title = f"{way.title}, {UNITS[way.unit][0]}" if way.unit else str(way.title)
        made.append((key, title, key == chosen_key))
    return made


def span_words(period: Period) -> str:
    """Days from and to, in words."""
    first, last = formats.day(period.first), formats.day(period.last)
    return first if first == last else _("%(first)s – %(last)s") % {"first": first, "last": last}


report = screen(VIEW)(ReportScreen.as_view())
