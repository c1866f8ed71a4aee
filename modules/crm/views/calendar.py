"""Records in a month, over the filter of the list and the board: deals by the day they are expected to close, leads by
their next step, quotes and invoices by their last day."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from infra.kit.errors import NotFound
from infra.ui.lists.filters import chips_of, filterset_of, query_without
from infra.ui.widgets import make_handy
from modules.crm.domain.field_rights import SUM, hidden
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


def _between(day: str, first: date, last: date, *, moments: bool) -> dict[str, Any]:
    """The condition that a day, or with `moments` a point in time, is one of these days of the reader's."""
    if not moments:
        return {f"{day}__gte": first, f"{day}__lte": last}
    ends = (timezone.make_aware(datetime.combine(one, time())) for one in (first, last + timedelta(days=1)))
    return dict(zip((f"{day}__gte", f"{day}__lt"), ends, strict=True))


def _beside(month: date, step: int) -> str:
    place = month.year * 12 + month.month - 1 + step
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


def month(request: HttpRequest, kind: Kind) -> HttpResponse:
    """A month (`?month=2026-03`); a day shows its first records and how many there are."""
    actor, first = actor_of(request), _month(request.GET.get("month", ""))
    closed = hidden(actor, kind)
    if not kind.calendar or kind.calendar in closed:
        raise NotFound
    day, total = kind.calendar, SUM.get(kind.key, "amount")
    stepping = isinstance(kind.model._meta.get_field(day), DateTimeField)  # what is closed has no next step any more
    filterset = filterset_of(filters_of(kind), request, record_rows(actor, kind))
    make_handy(filterset.form)
    rows = filterset.qs if not filterset.form.errors else filterset.queryset.none()
    text = request.GET.get("q", "").strip()[:200]
    if text:
        rows = found_by(actor, kind, rows, text)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    rows = rows.filter(closed_at__isnull=True).annotate(day=TruncDate(day)) if stepping else rows.annotate(day=F(day))
    rows = rows.filter(**_between(day, weeks[0][0], weeks[-1][-1], moments=stepping))
    counts = dict(rows.order_by().values_list("day").annotate(n=Count("pk")).values_list("day", "n"))
    largest = [F(day)] if stepping else [] if total in closed else [F(total).desc()]
    place = Window(RowNumber(), partition_by=F("day"), order_by=[*largest, F("pk").desc()])
    by_day: dict[date, list[Any]] = {}
    shown = rows.annotate(place=place).filter(place__lte=SHOWN_A_DAY).order_by("day", "place")
    for row in without_sums(actor, kind, shown):
        by_day.setdefault(row.day, []).append(row)
    today, more = timezone.localdate(), {"kind": "open"} if stepping else {}
    shown = [
        [
            {
                "day": date_,
                "inside": date_.month == first.month,
                "today": date_ == today,
                "records": by_day.get(date_, []),
                "more": counts.get(date_, 0) - len(by_day.get(date_, [])),
                "url": kind.url() + query_without(request.GET, ["month"], **_on(day, date_), **more),
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
        "stepping": stepping,
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
