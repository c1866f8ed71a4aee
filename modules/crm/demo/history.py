"""A year behind the demo company: leads and deals with the way they went, what people did, and what was planned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from modules.crm.demo.texts import Texts
from modules.crm.domain.access import usual_pipeline
from modules.crm.domain.drafts import Draft
from modules.crm.domain.goal import set_goals
from modules.crm.domain.kinds import DEAL, LEAD, Kind
from modules.crm.domain.people import default_currency
from modules.crm.domain.reports.catalogue import source_named
from modules.crm.domain.reports.period import shifted
from modules.crm.domain.reports.saved import pin_report, save_report
from modules.crm.domain.searched import search_value
from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.domain.selling.row_sums import row_sums
from modules.crm.models import Activity, Company, Deal, Lead, LostReason, Price, ProductRow, Stage, StageStay
from tenants.people.models import User

MONTHS = 12
_SOURCES = ("form", "call", "email", "referral", "ad", "event", "social", "partner")
_SOURCE_WEIGHTS = (28, 20, 10, 14, 16, 5, 5, 2)
_FORGOTTEN = timedelta(days=100)  # what stands still in these last months is open to this day
_MARKS = ("google", "yandex", "newsletter", "")
_REASON_WEIGHTS = (9, 6, 5, 7, 2)
_WON = {"referral": 0.6, "call": 0.45, "form": 0.36, "ad": 0.22}


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How a record went through its stages: where it stands since when, and the stays before."""

    stage: Stage
    since: datetime
    stays: list[tuple[Stage, datetime, datetime]]


def year_behind(dice: random.Random, texts: Texts, owner: User, sellers: Sequence[User], now: datetime) -> None:
    """Write the past as it would lie in the database; what happens now goes through the verbs."""
    reasons, companies = list(LostReason.objects.all()), list(Company.objects.filter(is_own=False).order_by("pk"))
    for kind, monthly in ((DEAL, 15), (LEAD, 22)):
        stages = list(usual_pipeline(kind).stages.order_by("position", "id"))
        rows, ways = [], []
        for month in range(MONTHS, 0, -1):
            for _one in range(round(monthly * (1.25 - month / 24)) + dice.randint(-2, 3)):
                at = now - timedelta(days=month * 30.4 - dice.uniform(0, 29), minutes=dice.randint(0, 600))
                source = dice.choices(_SOURCES, _SOURCE_WEIGHTS)[0]
                way = _go(dice, stages, at, now, _WON.get(source, 0.33))
                rows.append(_row(dice, texts, kind, dice.choice(sellers), companies, source, at, way, reasons))
                ways.append(way)
        made = kind.model.objects.bulk_create(rows)
        if kind is DEAL:
            _sold(dice, made)
        kind.model.objects.filter(pk__in=[row.pk for row in made]).update(updated_at=F("stage_since"))
        StageStay.objects.bulk_create(
            StageStay(**{kind.link: record}, stage=stage, entered_at=entered, left_at=left)
            for record, way in zip(made, ways, strict=True)
            for stage, entered, left in way.stays
        )
        Activity.objects.bulk_create(
            activity
            for record, way in zip(made, ways, strict=True)
            for activity in _work(dice, texts, record, way, now)
        )
    _answers(dice)
    _plan(owner, sellers, now)
    _reports(owner)


def _sold(dice: random.Random, deals: Sequence[Deal]) -> None:
    """What won deals sold and handed over: their amounts are the sums of it."""
    currency = default_currency()
    prices = list(Price.objects.filter(type=usual_price_type(), currency=currency).select_related("product"))
    won = [deal for deal in deals if deal.stage.kind == Stage.Kind.WON] if prices else []
    rows: list[ProductRow] = []
    for deal in won:
        left, total = deal.amount, Decimal(0)
        for place, price in enumerate(dice.sample(prices, dice.randint(1, 3))):
            product, quantity = price.product, max(1, round(left * Decimal(str(dice.uniform(0.4, 0.9))) / price.amount))
            rate = product.vat_rate
            sums = row_sums(currency=currency, quantity=Decimal(quantity), price=price.amount, vat_rate=rate)
            row = ProductRow(deal=deal, product=product, title=str(product), unit=product.unit, position=place)
            row.quantity, row.price, row.vat_rate = Decimal(quantity), price.amount, rate
            row.net, row.vat, row.total = sums.net, sums.vat, sums.total
            rows.append(row)
            total += sums.total
            left = max(left - sums.total, Decimal(1))
        deal.amount, deal.goods_done_at = total, deal.closed_at
    ProductRow.objects.bulk_create(rows)
    Deal.objects.bulk_update(won, ["amount", "goods_done_at"])


def _go(dice: random.Random, stages: Sequence[Stage], at: datetime, now: datetime, luck: float) -> _Way:
    """Through the open stages one by one, to be won or lost; what would be in the future has not happened yet."""
    ways = [stage for stage in stages if stage.kind == Stage.Kind.OPEN]
    won = next(stage for stage in stages if stage.kind == Stage.Kind.WON)
    lost = next(stage for stage in stages if stage.kind == Stage.Kind.LOST)
    wins, since = dice.random() < luck, at
    stays: list[tuple[Stage, datetime, datetime]] = []
    until = len(ways) if wins else dice.choices(range(1, len(ways) + 1), range(len(ways), 0, -1))[0]
    for place, stage in enumerate(ways[:until]):
        if dice.random() < 0.05 and now - at < _FORGOTTEN:
            return _Way(stage=stage, since=since, stays=stays)
        left = since + timedelta(days=dice.expovariate(1 / (2.5 + 1.5 * place)), minutes=20)
        if left > now:
            return _Way(stage=stage, since=since, stays=stays)
        stays.append((stage, since, left))
        since = left
    return _Way(stage=won if wins else lost, since=since, stays=stays)


def _row(
    dice: random.Random,
    texts: Texts,
    kind: Kind,
    seller: User,
    companies: Sequence[Company],
    source: str,
    at: datetime,
    way: _Way,
    reasons: Sequence[LostReason],
) -> Any:
    subject, low, high = dice.choice(texts.subjects)
    person, company = f"{dice.choice(texts.first_names)} {dice.choice(texts.last_names)}", dice.choice(companies)
    closed = way.stage.kind != Stage.Kind.OPEN
    record = kind.model(
        title=f"{subject}: {company.name if kind is DEAL else person}",
        amount=Decimal(dice.randint(low, high)) * 10,
        currency=default_currency(),
        source=source,
        marks={"utm_source": mark} if source in ("form", "ad") and (mark := dice.choice(_MARKS)) else {},
        stage=way.stage,
        stage_since=way.since,
        closed_at=way.since if closed else None,
        reached=way.stays[-1][0] if way.stage.kind == Stage.Kind.LOST and way.stays else None,
        responsible=seller,
        created_by=seller,
        created_at=at,
        last_activity_at=way.since,
    )
    if way.stage.kind == Stage.Kind.LOST and dice.random() < 0.9:
        record.lost_reason = dice.choices(reasons, _REASON_WEIGHTS[: len(reasons)])[0]
    if isinstance(record, Deal):
        record.company, record.closes_on = company, (at + timedelta(days=dice.randint(10, 40))).date()
    elif isinstance(record, Lead):
        record.person_name = person
    record.search = search_value(kind, record, Draft(), {})
    return record


def _work(dice: random.Random, texts: Texts, record: Any, way: _Way, now: datetime) -> list[Activity]:
    """A call, a meeting, a letter or a task on the way from stage to stage."""
    made = []
    for _stage, entered, left in way.stays:
        if dice.random() < 0.75:
            at = entered + (left - entered) * dice.uniform(0.1, 0.9)
            kind = dice.choices(["call", "meeting", "letter", "task"], [10, 3, 6, 4])[0]
            made.append(
                Activity(
                    **{record.link: record},
                    kind=kind,
                    subject=dice.choice(texts.steps),
                    author=record.responsible,
                    responsible=record.responsible,
                    due_at=at,
                    done_at=min(at, now),
                    done_by=record.responsible,
                    created_at=entered,
                )
            )
    return made


def _answers(dice: random.Random) -> None:
    """Most leads are answered soon, some the next day; those that never left the first stage partly not at all."""
    rows = list(Lead.objects.select_related("stage").order_by("pk"))
    for lead in rows:
        untouched = lead.stage.position == 0 and dice.random() < 0.5
        minutes = dice.choice((3, 4, 8, 12, 25, 40, 55, 90, 150, 400, 1500)) * dice.uniform(0.6, 1.4)
        answered = lead.created_at + timedelta(minutes=minutes)
        lead.answered_at = None if untouched or answered > timezone.now() else answered
    Lead.objects.bulk_update(rows, ["answered_at"])


def _plan(owner: User, sellers: Sequence[User], now: datetime) -> None:
    """A goal per person and month, somewhat above what they sell."""
    won = Deal.objects.filter(stage__kind=Stage.Kind.WON)
    usual = sum((deal.amount for deal in won), Decimal(0)) / MONTHS / max(len(sellers), 1)
    first = shifted(timezone.localtime(now).date().replace(day=1), "month", 1 - MONTHS)
    years: dict[int, dict[tuple[int | None, int], str]] = {}
    for step in range(MONTHS + 3):
        month: date = shifted(first, "month", step)
        amount = int(usual * Decimal(str(0.85 + step * 0.03)) / 1000 + 1) * 1000
        years.setdefault(month.year, {}).update({(seller.pk, month.month): str(amount) for seller in sellers})
    for year, amounts in years.items():
        set_goals(actor=owner, year=year, pipeline=None, amounts=amounts)


def _reports(owner: User) -> None:
    """Two reports that everybody has, on the owner's start page."""
    for key, query in (("forecast", "period=this_quarter"), ("funnel", "period=this_quarter&by=responsible")):
        source = source_named(key)
        row = save_report(actor=owner, source=source, name=str(source.title), query=query, shared=True)
        pin_report(actor=owner, report=row, pinned=True)
