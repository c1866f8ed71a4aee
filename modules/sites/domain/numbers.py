"""What the counts of a site say: views, visitors, where they came from, and how many of them wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, F, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from infra.ui.formats import number
from modules.sites.models import Site, Status, Submission, VisitCount

DAYS = 30
MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a table: a page, a source, a campaign or a form, and its numbers; ``rate`` in percent.

    Visitors of a page are counted by page, all others by site. ``clicks`` are on phones, e-mails and messengers.
    """

    name: str
    views: int = 0
    visitors: int = 0
    sent: int = 0
    clicks: int = 0

    @property
    def rate(self) -> str:
        """How many of a hundred visitors wrote; "" where there were none."""
        return number(100 * self.sent / self.visitors, 1) if self.visitors else ""


@dataclass(frozen=True, kw_only=True)
class Day:
    """Views of a day, and the height of its bar in percent of the highest."""

    day: date
    views: int
    height: int

    @property
    def top(self) -> int:
        """Where the bar begins, from above."""
        return 100 - self.height


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Everything the page of numbers shows."""

    total: Line
    days: Sequence[Day]
    pages: Sequence[Line]
    sources: Sequence[Line]
    campaigns: Sequence[Line]
    forms: Sequence[Line]


def numbers_of(site: Site) -> Numbers:
    """The last thirty days of ``site``."""
    since = timezone.now().date() - timedelta(days=DAYS - 1)
    rows = VisitCount.objects.filter(site=site, day__gte=since)
    sent = Submission.objects.filter(form__site=site, created_at__date__gte=since).exclude(status=Status.QUARANTINE)
    totals = rows.aggregate(views=Sum("views"), visitors=Sum("visitors"), clicks=Sum("clicks"))
    per_page: dict[str, int] = {}
    for url, count in sent.values_list("page_url").annotate(count=Count("pk")).order_by("-count")[:1000]:
        path = urlsplit(url).path.strip("/")
        per_page[path] = per_page.get(path, 0) + count
    forms = sent.values_list("form_name").annotate(count=Count("pk")).order_by("-count")[:MOST_ROWS]
    visitors = totals["visitors"] or 0
    return Numbers(
        total=Line(
            name="", views=totals["views"] or 0, visitors=visitors, sent=sent.count(), clicks=totals["clicks"] or 0
        ),
        days=_days(rows, since),
        pages=_lines(rows, "path", per_page),
        sources=_lines(rows, "source", _by(sent, "utm__utm_source")),
        campaigns=_lines(rows.exclude(campaign=""), "campaign", _by(sent, "utm__utm_campaign")),
        forms=[Line(name=name, visitors=visitors, sent=count) for name, count in forms],
    )


def _days(rows: Any, since: date) -> list[Day]:
    views = dict(rows.values_list("day").annotate(sum=Sum("views")).values_list("day", "sum"))
    most = max(views.values(), default=0) or 1
    days = [since + timedelta(days=number) for number in range(DAYS)]
    return [Day(day=day, views=views.get(day, 0), height=round(100 * views.get(day, 0) / most)) for day in days]


def _lines(rows: Any, name: str, sent: dict[str, int]) -> list[Line]:
    found = (
        rows.values(key=F(name))
        .annotate(
            all_views=Sum("views"),
            all_visitors=Sum(Greatest("page_visitors", "visitors") if name == "path" else F("visitors")),
            all_clicks=Sum("clicks"),
        )
        .order_by("-all_views", "key")[:MOST_ROWS]
    )
    return [
        Line(
            name=row["key"],
            views=row["all_views"],
            visitors=row["all_visitors"],
            sent=sent.get(row["key"], 0),
            clicks=row["all_clicks"],
        )
        for row in found
    ]


def _by(sent: Any, mark: str) -> dict[str, int]:
    rows = sent.values_list(mark).annotate(count=Count("pk"))
    return {str(name or "").lower() if mark.endswith("source") else str(name or ""): count for name, count in rows}
