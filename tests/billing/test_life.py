"""The whole life of a subscription by a moved clock: every state, month ends, 29 February, zones and their clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from billing.contracts import Period
from billing.domain import change, dunning, invoice, memory, subscription
from billing.domain.entitlement import UNPAID_GRACE
from billing.models import InvoiceCopy, PaidSubscription, Subscription
from billing.rating.domain import included
from billing.rating.models import Bundle
from infra.kit import gates
from infra.kit.errors import ReadOnly
from infra.local.payments import subscriptions
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

pytestmark = pytest.mark.long

Clock = time_machine.TimeMachineFixture


def utc(text: str) -> datetime:
    """An instant written without its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stands(shop: Shop) -> tuple[str, str, bool]:
    """What the portal may do, what its subscription is, whether it can be written to."""
    memory.forget(shop.portal.schema_name)
    plan = memory.entitlements(shop.portal.schema_name).plan
    paid = PaidSubscription.objects.filter(portal=shop.portal).values_list("status", flat=True).first() or ""
    try:
        gates.require_writable()
    except ReadOnly:
        return plan, paid, False
    return plan, paid, True


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland", "America/New_York"])
def test_every_state_of_a_subscription(shop: Shop, zone: str, time_machine: Clock) -> None:  # promises 36, 83
    Portal.objects.filter(pk=shop.portal.pk).update(time_zone=zone)
    began = utc("2028-01-01 09:30")
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    Subscription.objects.filter(portal=shop.portal).update(trial_ends_at=began + timedelta(days=30))

    assert stands(shop) == ("company", "", True)  # the trial, to its last second
    shop.pass_time(time_machine, utc("2028-01-31 09:29:59"))
    assert stands(shop)[0] == "company"
    shop.pass_time(time_machine, utc("2028-01-31 09:30"))
    assert stands(shop)[0] == "free"
    subscription.end_trials()

    shop.stripe.complete_checkout(shop.choose("team").rsplit("/", 1)[1], "4000000000000002")
    shop.tell()
    assert stands(shop)[:2] == ("free", "")  # a declined card grants nothing
    shop.buy("team")
    assert stands(shop) == ("team", "active", True)
    assert ends(shop) == utc("2028-02-29 09:30")

    shop.pass_time(time_machine, utc("2028-02-15 09:30"))  # 14 of 29 days are left
    assert shop.choose("company") == ""
    assert stands(shop)[0] == "company"
    assert newest(shop).total == round((11900 - 5900) * 14 / 29)
    assert shop.choose("team") == ""  # a smaller plan waits for the end of what is paid
    assert stands(shop)[0] == "company"
    shop.pass_time(time_machine, utc("2028-02-29 09:29:59"))
    assert stands(shop)[0] == "company"
    shop.pass_time(time_machine, utc("2028-02-29 09:30"))
    assert stands(shop) == ("team", "active", True)
    assert (newest(shop).total, ends(shop)) == (5900, utc("2028-03-31 09:30"))  # the clocks changed on 12 and 26 March

    shop.choose("free")
    change.keep_as_is(actor=shop.owner, portal=shop.portal, cause="undo")
    shop.pass_time(time_machine, utc("2028-03-31 09:30"))
    assert stands(shop) == ("team", "active", True)
    shop.choose("free")
    shop.pass_time(time_machine, utc("2028-04-30 09:29:59"))
    assert stands(shop)[0] == "team"
    shop.pass_time(time_machine, utc("2028-04-30 09:30"))
    assert stands(shop)[:2] == ("free", "canceled")

    shop.stripe.complete_checkout(shop.choose("team", Period.YEAR).rsplit("/", 1)[1])
    shop.tell()
    assert (stands(shop)[0], ends(shop)) == ("team", utc("2029-04-30 09:30"))
    shop.stripe.set_card(shop.customer.customer, "asks_always")
    refused = utc("2029-04-30 09:30:01")
    shop.pass_time(time_machine, refused)
    assert stands(shop) == ("team", "past_due", True)
    shop.pass_time(time_machine, refused + UNPAID_GRACE - timedelta(seconds=1))
    assert stands(shop) == ("team", "past_due", True)
    shop.pass_time(time_machine, refused + UNPAID_GRACE)
    assert stands(shop)[0] == "free"  # from that very second; the job notes that it does not fit
    dunning.remind_all()
    assert stands(shop) == ("free", "past_due", False)  # acme has a guest, Free none
    shop.pass_time(time_machine, refused + timedelta(days=40))
    assert stands(shop) == ("free", "unpaid", False)
    shop.stripe.set_card(shop.customer.customer, "pays")
    open_one = shop.stripe.state.all("invoice", customer=shop.customer.customer, status="open")[0]
    subscriptions.pay_now(shop.stripe.state, open_one, present=True)
    shop.tell()
    assert stands(shop) == ("team", "active", True)
    paid = [one for one in shop.stripe.state.all("invoice") if one["status"] == "paid"]
    assert InvoiceCopy.objects.filter(portal=shop.portal, status="paid").count() == len(paid)


def ends(shop: Shop) -> datetime:
    return PaidSubscription.objects.get(portal=shop.portal).period_end


def newest(shop: Shop) -> InvoiceCopy:
    return InvoiceCopy.objects.filter(portal=shop.portal).order_by("-pk")[0]


def test_minutes_follow_the_month_that_is_paid(shop: Shop, time_machine: Clock) -> None:  # promise 83
    def minutes() -> list[tuple[str, int]]:
        included.grant_minutes(shop.portal)
        rows = Bundle.objects.filter(portal=shop.portal, expires_at__gt=shop.now()).order_by("pk")
        return [(f"{row.expires_at:%m-%d %H:%M}", row.seconds // 60) for row in rows]

    begin(shop, time_machine, "2028-01-31 22:30")
    assert minutes() == [("02-01 00:00", 2000)]  # the trial's, by the calendar
    shop.buy("team")
    assert minutes() == [("02-29 22:30", 500)]  # what the trial gave ended with it
    shop.pass_time(time_machine, utc("2028-02-14 22:30"))
    shop.choose("team", minutes_500=1)
    assert minutes() == [("02-29 22:30", 500), ("02-29 22:30", 500 * 15 // 29)]
    shop.pass_time(time_machine, utc("2028-02-29 22:30"))
    assert minutes() == [("03-31 22:30", 1000)]
    shop.pass_time(time_machine, utc("2028-03-31 22:30"))
    shop.choose("company", minutes_500=1)
    assert minutes() == [("04-30 22:30", 1000), ("04-30 22:30", 1500)]
    assert minutes() == [("04-30 22:30", 1000), ("04-30 22:30", 1500)]  # once


def test_a_year_includes_minutes_by_the_month(shop: Shop, time_machine: Clock) -> None:  # promise 83
    begin(shop, time_machine, "2027-10-31 08:00")
    shop.buy("team", Period.YEAR)
    seen = []
    for when in ("2027-10-31 08:00", "2027-11-30 07:59", "2027-11-30 08:00", "2028-02-28 12:00", "2028-02-29 12:00"):
        month = included.month_of(shop.portal, utc(when))
        seen.append((month.start.strftime("%m-%d"), month.end.strftime("%m-%d")))
    assert seen == [("10-31", "11-30"), ("10-31", "11-30"), ("11-30", "12-31"), ("01-31", "02-29"), ("02-29", "03-31")]


@pytest.mark.parametrize(
    ("zone", "then", "month", "start"),
    [
        ("Europe/Berlin", "America/Los_Angeles", date(2027, 3, 1), "2027-03-01 08:00"),
        ("America/Los_Angeles", "Europe/Berlin", date(2027, 3, 1), "2027-02-28 23:00"),
        ("Asia/Kolkata", "Asia/Kathmandu", date(2028, 2, 1), "2028-01-31 18:15"),
    ],
)
def test_a_company_that_moves_to_another_zone_is_billed_by_the_new_one(
    shop: Shop, zone: str, then: str, month: date, start: str
) -> None:  # promise 83
    Portal.objects.filter(pk=shop.portal.pk).update(time_zone=zone)
    Portal.objects.filter(pk=shop.portal.pk).update(time_zone=then)
    portal = Portal.objects.get(pk=shop.portal.pk)
    begins, _ends = invoice.month_bounds(month, portal.time_zone)
    assert begins == utc(start)
    assert included.month_of(portal, begins).start == begins
    assert included.month_of(portal, begins - timedelta(seconds=1)).end == begins


def test_days_of_a_month_with_a_changed_clock_count_once(shop: Shop, time_machine: Clock) -> None:  # promise 83
    """A plan given by the operator on 28 March in Berlin, whose clocks go forward that night: 4 days of 31."""
    Portal.objects.filter(pk=shop.portal.pk).update(time_zone="Europe/Berlin")
    shop.portal.refresh_from_db()
    time_machine.move_to(datetime(2027, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin")), tick=False)
    Subscription.objects.filter(portal=shop.portal).update(
        trial_ends_at=None, version=shop.basket("team").version, started_at=datetime.now(UTC)
    )
    memory.forget(shop.portal.schema_name)
    included.grant_minutes(shop.portal)
    bundle = Bundle.objects.get(portal=shop.portal)
    assert Decimal(bundle.seconds) == Decimal(500 * 60 * 4 // 31)
    assert bundle.expires_at == utc("2027-03-31 22:00")


def begin(shop: Shop, clock: Clock, when: str) -> None:
    """Both clocks stand at `when`; the trial of a portal that is an hour old."""
    moment = utc(when)
    clock.move_to(moment, tick=False)
    shop.stripe.advance_to(int(moment.timestamp()))
    Subscription.objects.filter(portal=shop.portal).update(
        started_at=utc("2027-01-01 00:00"), trial_ends_at=moment + timedelta(days=30)
    )
    Portal.objects.filter(pk=shop.portal.pk).update(time_zone="UTC")
    shop.portal.refresh_from_db()
    memory.forget(shop.portal.schema_name)
