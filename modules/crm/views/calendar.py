"""Records in a month: deals by the day they are expected to close, say, over the filter of the list and the board."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from infra.kit.errors import NotFound
from infra.ui.lists.filters import chips_of, filterset_of, query_without
from infra.ui.widgets import make_handy
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.finding import found_by
from modules.crm.domain.kinds import Kind
from modules.crm.domain.queries import record_rows, without_sums
from modules.crm.filters import filters_of
from modules.crm.views.asking import actor_of
from modules.crm.views.listing import offered, views_of

SHOWN_A_DAY = 5


def _month(asked: str) -> date:
    try:
        year, month = (int(part) for part in asked.split("-"))
        return date(year, month, 1) if 1990 <= year <= 2200 else timezone.localdate().replace(day=1)
    except ValueError:
        return timezone.localdate().replace(day=1)


def _on(day: str, date_: date) -> dict[str, str]:
    return {f"{day}_after": date_.isoformat(), f"{day}_before": date_.isoformat()}


def _beside(month: date, step: int) -> str:
    place = month.year * 12 + month.month - 1 + step
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


def month(request: HttpRequest, kind: Kind) -> HttpResponse:
    """A month (`?month=2026-03`); a day shows its first records and how many there are."""
    actor, first = actor_of(request), _month(request.GET.get("month", ""))
    closed = hidden(actor, kind)
    if not kind.calendar or kind.calendar in closed:
        raise NotFound
    day = kind.calendar
    filterset = filterset_of(filters_of(kind), request, record_rows(actor, kind))
    make_handy(filterset.form)
    rows = filterset.qs
    text = request.GET.get("q", "").strip()[:200]
    if text:
        rows = found_by(actor, kind, rows, text)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    rows = rows.filter(**{f"{day}__gte": weeks[0][0], f"{day}__lte": weeks[-1][-1]})
    counts = dict(rows.order_by().values_list(day).annotate(n=Count("pk")).values_list(day, "n"))
    largest = [] if "amount" in closed else [F("amount").desc()]
    place = Window(RowNumber(), partition_by=F(day), order_by=[*largest, F("pk").desc()])
    by_day: dict[date, list[Any]] = {}
    shown = rows.annotate(place=place).filter(place__lte=SHOWN_A_DAY).order_by(day, "place")
    for row in without_sums(actor, kind, shown):
        by_day.setdefault(getattr(row, day), []).append(row)
    today = timezone.localdate()
    shown = [
        [
            {
                "day": date_,
                "inside": date_.month == first.month,
                "today": date_ == today,
                "records": by_day.get(date_, []),
                "more": counts.get(date_, 0) - len(by_day.get(date_, [])),
                "url": kind.url() + query_without(request.GET, ["month"], **_on(day, date_)),
            }
            for date_ in week
        ]
        for week in weeks
    ]
    tail = query_without(request.GET, ["month"])
    context = {
        **offered(actor, kind),
        "weeks": shown,
        "bare": not counts,
        "month": first,
        "before_url": query_without(request.GET, [], month=_beside(first, -1)),
        "after_url": query_without(request.GET, [], month=_beside(first, 1)),
        "filterset": filterset,
        "chips": chips_of(filterset, request),
        "text": text,
        "views": [
            {"title": title, "url": url + ("" if tail == "?" else tail), "active": url == request.path}
            for _key, title, url in views_of(actor, kind)
        ],
    }
    return render(request, "crm/calendar.html", context)
