"""Deals in a month: by the day they are expected to close, over the filter of the list and the board."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from infra.kit.screens import screen
from infra.ui.lists.filters import chips_of, filterset_of, query_without
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.queries import record_rows
from modules.crm.domain.search import found
from modules.crm.filters import FILTERS
from modules.crm.views.asking import actor_of
from modules.crm.views.listing import offered, step_text, views_of

SHOWN_A_DAY = 5


def _month(asked: str) -> date:
    try:
        year, month = (int(part) for part in asked.split("-"))
        return date(year, month, 1) if 1990 <= year <= 2200 else timezone.localdate().replace(day=1)
    except ValueError:
        return timezone.localdate().replace(day=1)


def _beside(month: date, step: int) -> str:
    place = month.year * 12 + month.month - 1 + step
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


@screen(DEAL.permission("view"))
def deal_calendar(request: HttpRequest) -> HttpResponse:
    """A month (`?month=2026-03`); a day shows its first deals and how many there are."""
    actor, month = actor_of(request), _month(request.GET.get("month", ""))
    filterset = filterset_of(FILTERS["deal"], request, record_rows(actor, DEAL))
    rows = filterset.qs
    text = request.GET.get("q", "").strip()[:200]
    if text:
        rows = found(rows, text)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    rows = rows.filter(closes_on__gte=weeks[0][0], closes_on__lte=weeks[-1][-1])
    counts = dict(rows.order_by().values_list("closes_on").annotate(n=Count("pk")).values_list("closes_on", "n"))
    place = Window(RowNumber(), partition_by=F("closes_on"), order_by=[F("amount").desc(), F("pk").desc()])
    by_day: dict[date, list[Any]] = {}
    for row in rows.annotate(place=place).filter(place__lte=SHOWN_A_DAY).order_by("closes_on", "place"):
        by_day.setdefault(row.closes_on, []).append({"deal": row, "step": step_text(row)})
    today = timezone.localdate()
    days = [
        [
            {
                "day": day,
                "inside": day.month == month.month,
                "today": day == today,
                "deals": by_day.get(day, []),
                "more": counts.get(day, 0) - len(by_day.get(day, [])),
                "url": query_without(
                    request.GET, ["month"], closes_on_after=day.isoformat(), closes_on_before=day.isoformat()
                ),
            }
            for day in week
        ]
        for week in weeks
    ]
    name = request.resolver_match.view_name if request.resolver_match else ""
    tail = query_without(request.GET, ["month"])
    context = {
        **offered(actor, DEAL),
        "weeks": days,
        "month": month,
        "before_url": query_without(request.GET, [], month=_beside(month, -1)),
        "after_url": query_without(request.GET, [], month=_beside(month, 1)),
        "filterset": filterset,
        "chips": chips_of(filterset, request),
        "text": text,
        "views": [
            {"title": title, "url_name": url_name, "tail": "" if tail == "?" else tail, "active": url_name == name}
            for _key, title, url_name in views_of(DEAL)
        ],
    }
    return render(request, "crm/calendar.html", context)
