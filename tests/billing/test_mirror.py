"""Usage is told to Stripe under fixed identifiers; telling it twice, or all of it the next day, changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.domain import meter, mirror
from billing.domain.customer import customer_of
from billing.models import MeterDay, MeterEvent, MeterName, PaymentDifference
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def told(shop: Shop) -> Shop:
    """acme is Stripe's customer, and used a call of 90.5 s, two letters, three SMS, AI once, disk and API for days."""
    shop.stripe.advance_to(int(NOW.timestamp()))
    customer_of(shop.portal)
    mirror.ensure_meters()
    use = [("minutes", "1.508333", "call:1"), ("letters", "1", "letter:a"), ("letters", "1", "letter:b" + "x" * 150)]
    use += [("sms", "3", "sms:1"), ("ai", "1", "ai:1")]
    for name, quantity, cause in use:
        _use(shop.portal, name, quantity, NOW - timedelta(hours=1), cause)
    for days, size in ((0, 900), (2, 700), (3, 500)):
        _use(shop.portal, "storage_bytes", str(size), NOW - timedelta(days=days), f"disk:{days}")
        _use(shop.portal, "api_calls", str(size // 100), NOW - timedelta(days=days), f"api:{days}")
    return shop


def _use(portal: Portal, name: str, quantity: str, at: datetime, cause: str) -> None:
    meter.record(portal_id=portal.pk, meter=name, quantity=Decimal(quantity), at=at, cause=cause)


def sums(shop: Shop) -> dict[str, int]:
    """What Stripe counted of acme, by event name."""
    mark = f"{shop.customer.customer} "
    return {
        name.removeprefix(mark): amount for name, amount in shop.stripe.state.counters.items() if name.startswith(mark)
    }


EXPECTED = {
    "portal_minutes": 1508,
    "portal_letters": 2,
    "portal_sms": 3,
    "portal_ai": 1,
    "portal_storage": 1200,
    "portal_api_calls": 12,
}


def test_use_is_told_once_however_often_it_is_sent(told: Shop) -> None:  # promise 35
    assert mirror.mirror_usage(NOW) == 9  # today's standing counts may still rise
    assert sums(told) == EXPECTED
    assert mirror.mirror_usage(NOW) == 0

    MeterEvent.objects.update(mirrored_at=None)  # all that we know is lost, but not that it was asked
    MeterDay.objects.update(mirrored_at=None)
    mirror.mirror_usage(NOW + timedelta(hours=2))
    assert sums(told) == EXPECTED  # Stripe knows the identifiers

    MeterEvent.objects.update(mirrored_at=None)
    MeterDay.objects.filter(mirror_asked_at__isnull=False).update(mirrored_at=None)
    told.stripe.advance_to(int((NOW + timedelta(days=1, hours=1)).timestamp()))  # and has forgotten them
    mirror.mirror_usage(NOW + timedelta(days=1, hours=1))
    assert sums(told) == EXPECTED
    assert PaymentDifference.objects.filter(portal=told.portal, what="use").count() == 9
    assert not MeterEvent.objects.filter(portal=told.portal, mirrored_at=None).exclude(meter__in=mirror.BY_DAY).exists()


def test_what_was_sent_without_an_answer_is_sent_again(told: Shop) -> None:  # promises 34, 35
    told.stripe.faults = ["drop"]  # Stripe takes the first one, the answer is lost
    assert mirror.mirror_usage(NOW) == 4  # the days go on without the events
    assert mirror.mirror_usage(NOW) == 5
    assert sums(told) == EXPECTED


def test_who_is_no_customer_is_not_told_of(told: Shop, globex: Portal) -> None:
    _use(globex, "letters", "1", NOW, "letter:globex")
    mirror.mirror_usage(NOW)
    assert MeterEvent.objects.get(cause="letter:globex").mirror_asked_at is None


def test_what_is_too_old_or_refused_does_not_hold_up_the_rest(told: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(told.portal, "letters", "1", NOW - timedelta(days=40), "letter:old")
    told.stripe.state.objects["billing.meter"] = {
        key: one
        for key, one in told.stripe.state.objects["billing.meter"].items()
        if one["event_name"] != "portal_letters"
    }
    assert mirror.mirror_usage(NOW) == 7
    assert PaymentDifference.objects.filter(portal=told.portal, what="use").count() == 2
    assert MeterEvent.objects.get(cause="letter:old").mirror_asked_at is None


def test_identifiers_are_fixed_and_short(told: Shop) -> None:
    def names_now() -> list[str]:
        rows = MeterEvent.objects.filter(portal=told.portal).order_by("pk")
        return [mirror.identifier_of(told.customer, row) for row in rows]

    names = names_now()
    assert names == names_now()
    assert len(set(names)) == len(names)
    assert all(len(name) <= mirror.LONGEST for name in names)
    assert f"{told.customer.customer}:minutes:call:1" in names
    assert set(mirror.METERS) == set(MeterName)
