"""A portal's calling account: its lock, its caps, what it spent today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.domain import memory
from billing.domain.currency import terms_of
from billing.rating.models import CallAccount
from tenants.portals.models import Portal

PER_MINUTE = 20
AT_ONCE = 5
LONGEST_CALL = 4 * 3600
CHANNELS = "rating.channels"
MINUTES = "rating.minutes"


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What a portal's calls may be at most: at once, started within a minute, seconds long, price of a minute and
    money a day in its currency."""

    concurrent: int
    per_minute: int
    seconds: int
    price: Decimal
    spend: Decimal


def account_of(portal_id: int) -> CallAccount:
    """The portal's account as it is now; an unsaved default while it has none."""
    return CallAccount.objects.filter(portal_id=portal_id).first() or CallAccount(portal_id=portal_id)


def locked(portal_id: int) -> CallAccount:
    """The portal's account, locked until commit; made if it was not there. Whoever locks more takes this first."""
    rows = CallAccount.objects.select_for_update()
    found = rows.filter(portal_id=portal_id).first()
    if found is None:
        make(portal_id)
        found = rows.get(portal_id=portal_id)
    return found


def make(portal_id: int) -> None:
    """Give the portal an account, where it has none."""
    CallAccount.objects.bulk_create([CallAccount(portal_id=portal_id)], ignore_conflicts=True)


def caps_of(account: CallAccount, schema: str, currency: str) -> Caps:
    """The account's own caps, the service's where it has none; never more channels than the plan gives."""
    channels = memory.entitlements(schema).limits.get(CHANNELS, 0)
    usual = terms_of(currency)
    own = AT_ONCE if account.max_concurrent is None else account.max_concurrent
    concurrent = own if channels is None else min(own, channels)
    return Caps(
        concurrent=concurrent,
        per_minute=PER_MINUTE if account.max_per_minute is None else account.max_per_minute,
        seconds=min(LONGEST_CALL if account.max_seconds is None else account.max_seconds, LONGEST_CALL),
        price=usual.minute if account.max_price is None else account.max_price,
        spend=usual.day if account.max_spend is None else account.max_spend,
    )


def spent_today(account: CallAccount, portal: Portal, now: datetime) -> Decimal:
    """What calls that ended today cost, by the portal's own calendar."""
    return account.day_spent if account.day == now.astimezone(ZoneInfo(portal.time_zone)).date() else Decimal(0)


def add_spent(account: CallAccount, portal: Portal, now: datetime, amount: Decimal) -> None:
    """Count `amount` to today. The account is locked."""
    account.day_spent = spent_today(account, portal, now) + amount
    account.day = now.astimezone(ZoneInfo(portal.time_zone)).date()
    CallAccount.objects.filter(pk=account.pk).update(day=account.day, day_spent=account.day_spent)


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)
