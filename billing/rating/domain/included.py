"""Minutes that the plan includes: granted for each month that is paid, whole or for the days left of it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from billing.contracts import Entitlements
from billing.domain import memory, renewal
from billing.models import PaidSubscription, Subscription
from billing.rating.domain import bundles
from billing.rating.domain.account import MINUTES
from billing.rating.models import Bundle
from tenants.portals.models import Portal

INCLUDED = gettext_noop("Included in the plan")
LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Month:
    """The month that minutes are for, and its name in causes. `paid`: one of a subscription, whole from its start."""

    start: datetime
    end: datetime
    name: str
    paid: bool


def month_of(portal: Portal, now: datetime) -> Month:
    """The month that is paid for, by card or by bank, else the calendar's in the portal's zone.

    A year is paid in advance and included by the month: from the day it began on, or a short month's last day.
    """
    paid = PaidSubscription.objects.filter(portal=portal, status__in=PaidSubscription.LIVE).first()
    if paid is not None and paid.period_start <= now:
        return _paid_month(paid.period_start, paid.period_end, now)
    by_bank = renewal.paid_days(portal, now)
    if by_bank is not None:
        first, last = (
            datetime.combine(day, time.min, ZoneInfo(portal.time_zone)) for day in (by_bank.first, by_bank.after)
        )
        return _paid_month(first, last, now)
    local = now.astimezone(ZoneInfo(portal.time_zone))
    begin = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(
        start=begin.astimezone(UTC),
        end=later(begin, 1, 1).astimezone(UTC),
        name=f"plan:{local:%Y-%m}:",
        paid=False,
    )


def _paid_month(start: datetime, end: datetime, now: datetime) -> Month:
    if now < end and end - start <= LONGEST_MONTH:
        return _month(start, end)
    anchor = start.day
    if now >= end:  # the renewal is not known yet
        start, anchor = end, max(anchor, end.day)
    months = 0
    while (then := later(start, months + 1, anchor)) <= now:
        months += 1
    return _month(start if months == 0 else later(start, months, anchor), then)


def _month(begin: datetime, end: datetime) -> Month:
    name = f"plan:{begin:%Y-%m-%d %H:%M}:"
    return Month(start=begin.astimezone(UTC), end=end.astimezone(UTC), name=name, paid=True)


def later(moment: datetime, months: int, anchor: int) -> datetime:
    """The same time `months` later, on the day `anchor` or the last one of a shorter month (promise 83)."""
    place = moment.year * 12 + moment.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return moment.replace(year=year, month=month, day=min(anchor, monthrange(year, month)[1]))


@transaction.atomic
def grant_minutes(portal: Portal, now: datetime | None = None) -> None:
    """Grant the minutes of this month, once: whole for who had the plan when it began, else for the days that are left;
    a larger plan, or a pack, adds the difference for the days left. What an earlier plan gave ends with it."""
    moment = now or datetime.now(UTC)
    minutes = memory.entitlements(portal.schema_name).limits.get(MINUTES) or 0
    month = month_of(portal, moment)
    rows = Bundle.objects.filter(portal=portal, cause__startswith="plan:")
    given = 0
    for cause in rows.filter(cause__startswith=month.name).values_list("cause", flat=True):
        given = max(given, int(cause.rpartition(":")[2]))
    if minutes <= given:
        return
    whole = not given and (month.paid or _since(portal, moment) <= month.start)
    zone = ZoneInfo(portal.time_zone)
    first, last = month.start.astimezone(zone).date(), month.end.astimezone(zone).date()
    days = max((last - first).days, 1)
    began = moment if given else max(_since(portal, moment), month.start)
    left = days if whole else min(max((last - began.astimezone(zone).date()).days, 1), days)
    if month.paid:
        rows.exclude(cause__startswith=month.name).filter(expires_at__gt=month.start).update(expires_at=month.start)
    bundles.grant(
        portal_id=portal.pk,
        title=INCLUDED,
        seconds=(minutes - given) * 60 * left // days,
        cause=f"{month.name}{minutes}",
        destinations=["home"],
        starts_at=month.start if whole else moment,
        expires_at=month.end,
    )


_looked_after: dict[str, tuple[Entitlements, Month]] = {}


def ensure_granted(portal: Portal, now: datetime) -> None:
    """The minutes of this month are granted; looked at again when what the portal may do, or the month, is another."""
    may, known = memory.entitlements(portal.schema_name), _looked_after.get(portal.schema_name)
    if known is not None and known[0] is may and known[1].start <= now < known[1].end:
        return
    grant_minutes(portal, now)
    if not connection.in_atomic_block:  # what an open transaction wrote may never come true
        _looked_after[portal.schema_name] = (may, month_of(portal, now))


def _since(portal: Portal, now: datetime) -> datetime:
    return Subscription.objects.filter(portal=portal).values_list("started_at", flat=True).first() or now
