"""Whether a call may start, and what is put aside for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.models import Hold
from billing.rating.domain.authorize import PROVISIONAL, CallRequest, authorize
from billing.rating.domain.bundles import grant
from billing.rating.domain.events import Word, tell
from billing.rating.domain.extension import extend
from billing.rating.domain.refused import CallRefused
from billing.rating.models import Alert, Bundle, Call, CallAccount, ProvenNumber, Refusal
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal
from tests.factories.call import DECK, at, call, caller, deck, money


@pytest.fixture
def ready(portal: Portal) -> Portal:
    """acme with a deck and, for clear sums, without the plan's minutes."""
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=10, reason="test")
    return portal


def refusal(*args: object, **more: object) -> str:
    with pytest.raises(CallRefused) as refused:
        call(*args, **more)
    return refused.value.code


def test_a_fair_share_is_reserved(ready: Portal) -> None:  # promise 69
    money(ready, "60")
    answer = call(caller(ready))
    assert (answer.allowed, answer.reserved, answer.route) == (600, Decimal("6.0000"), "standard")
    assert wallet.available(ready.pk) == Decimal(54)
    assert (answer.call.prefix, answer.call.destination) == ("442", "United Kingdom London")


def test_asking_twice_reserves_once(ready: Portal) -> None:
    money(ready, "60")
    device = caller(ready)
    assert call(device).call == call(device).call
    assert wallet.available(ready.pk) == Decimal(54)


def test_a_small_share_is_rounded_up_to_a_minute(ready: Portal) -> None:
    money(ready, "1")
    device = caller(ready)
    assert call(device).allowed == 60
    assert refusal(device, call_id="c2") == "no_funds"
    assert Call.objects.count() == 1


def test_the_cap_of_seconds_bounds_the_reserve(ready: Portal) -> None:
    money(ready, "1000")
    answer = call(caller(ready, max_seconds=300))
    assert (answer.allowed, answer.reserved) == (300, Decimal("3.0000"))


@pytest.mark.parametrize(
    ("number", "account", "code"),
    [
        ("+33123456789", {}, "unknown_prefix"),
        ("abc", {}, "bad_number"),
        ("+12125550123", {"international": False}, "international"),
        ("+19005550123", {"premium": False}, "premium"),
        ("+442079460123", {"max_price": Decimal("0.5")}, "price_cap"),
        ("+442079460123", {"max_concurrent": 0}, "concurrent_cap"),
        ("+442079460123", {"max_per_minute": 0}, "rate_cap"),
        ("+442079460123", {"max_spend": Decimal("0.5")}, "spend_cap"),
        ("+442079460123", {"stopped_at": at(0)}, "stopped"),
        ("+4930123456", {}, "below_margin"),
    ],
)
def test_refusals_reserve_nothing(ready: Portal, number: str, account: dict, code: str) -> None:  # promise 70
    money(ready, "60")
    assert refusal(caller(ready, **account), number) == code
    assert wallet.available(ready.pk) == Decimal(60)
    assert Call.objects.count() == 0
    assert list(Refusal.objects.values_list("code", flat=True)) == [code]


def test_everything_abroad_is_off_by_default(ready: Portal) -> None:  # promise 70
    money(ready, "60")
    device = caller(ready)
    CallAccount.objects.filter(portal=ready).delete()
    device.portal.refresh_from_db()
    assert refusal(device, "+12125550123") == "international"
    assert refusal(device, "+19005550123") == "premium"
    assert call(device).allowed == 1200  # a fifth


@pytest.mark.parametrize("number", ["112", "911", " 1 1 2", "+112"])
def test_emergency_calls_are_always_free(ready: Portal, number: str) -> None:
    device = caller(ready, stopped_at=at(0), max_concurrent=0)
    answer = call(device, number)
    assert (answer.route, answer.reserved) == ("emergency", Decimal(0))
    order = tell(Word(call_id="c1", kind="end", at=at(60), answered_at=at(0)))
    assert (order.call.charge, order.call.seconds, wallet.balance(ready.pk)) == (Decimal(0), 60, Decimal(0))


def test_a_closed_portal_or_device_calls_nobody(ready: Portal) -> None:
    device = caller(ready)
    device.portal.status = Portal.Status.SUSPENDED
    assert refusal(device) == "portal_closed"
    device.portal.status = Portal.Status.ACTIVE
    device.enabled = False
    assert refusal(device) == "device_off"


def test_nobody_shows_a_number_that_is_not_theirs(ready: Portal) -> None:  # promise 74
    money(ready, "60")
    device = caller(ready)
    ProvenNumber.objects.create(portal=ready, number="442071234567", proven_by="test")
    shown = {
        wished: authorize(CallRequest(call_id=wished, device=device, number="+442079460123", caller=wished)).caller
        for wished in ("+44 20 7123 4567", "+44 20 0000 0000", "")
    }
    assert shown == {"+44 20 7123 4567": "442071234567", "+44 20 0000 0000": "", "": ""}


def test_a_reservation_nobody_uses_is_dropped(ready: Portal) -> None:
    money(ready, "1")
    device = caller(ready)
    call(device)
    Call.objects.update(authorized_at=timezone.now() - PROVISIONAL)
    Hold.objects.update(expires_at=timezone.now())
    assert call(device, call_id="c2").allowed == 60
    assert Call.objects.get(call_id="c1").state == Call.State.DROPPED
    # the first one starts after all: its money is gone to the second
    assert tell(Word(call_id="c1", kind="start", at=timezone.now())).hang_up == "no_funds"
    tell(Word(call_id="c2", kind="end", at=timezone.now()))
    assert tell(Word(call_id="c1", kind="answer", at=timezone.now())).hang_up == ""


def test_a_started_call_keeps_its_reserve(ready: Portal) -> None:
    money(ready, "60")
    device = caller(ready)
    call(device)
    assert tell(Word(call_id="c1", kind="start", at=at(1))).hang_up == ""
    assert Hold.objects.get().expires_at > timezone.now() + timedelta(minutes=10)


def test_extending_takes_another_share(ready: Portal) -> None:
    money(ready, "60")
    call(caller(ready))
    longer = extend(call_id="c1")
    assert longer.granted == 600 + 540  # a tenth of the 54 that are left
    assert wallet.available(ready.pk) == Decimal("48.6")


def test_bundles_come_first_and_are_held(ready: Portal) -> None:
    bundle = grant(portal_id=ready.pk, title="Pack", seconds=600, cause="pack:1", destinations=["44"], starts_at=at(-9))
    device = caller(ready, max_concurrent=2)
    answer = call(device)
    assert (answer.allowed, answer.reserved) == (300, Decimal(0))
    bundle.refresh_from_db()
    assert (bundle.held, bundle.used) == (300, 0)
    assert call(device, call_id="c2").allowed == 300
    settled = tell(Word(call_id="c1", kind="end", at=at(100), answered_at=at(0))).call
    assert (settled.charge, settled.bundle_seconds) == (Decimal(0), 100)
    bundle.refresh_from_db()
    assert (bundle.held, bundle.used) == (300, 100)


def test_one_call_uses_bundle_and_money(ready: Portal) -> None:
    grant(portal_id=ready.pk, title="Pack", seconds=60, cause="pack:1", starts_at=at(-9))
    money(ready, "1")
    answer = call(caller(ready, max_concurrent=1))
    assert (answer.allowed, answer.reserved) == (160, Decimal("1.0000"))
    settled = tell(Word(call_id="c1", kind="end", at=at(90), answered_at=at(0))).call
    assert (settled.charge, settled.bundle_seconds, settled.billed_seconds) == (Decimal("0.3"), 60, 90)
    assert wallet.available(ready.pk) == Decimal("0.7")


def test_the_plans_minutes_are_for_home(portal: Portal) -> None:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=1000, reason="test")
    device = caller(portal, max_concurrent=1)
    assert refusal(device, "+12125550123") == "no_funds"
    answer = call(device, call_id="c2")
    given = Bundle.objects.get()
    assert (given.destinations, given.held, answer.reserved) == (["home"], answer.allowed, Decimal(0))
    assert given.seconds <= 60_000


def test_a_new_deck_touches_no_running_call(ready: Portal) -> None:
    money(ready, "60")
    device = caller(ready)
    call(device)
    deck(DECK.replace("442,United Kingdom London,0.6", "442,United Kingdom London,6"), since=at(0))
    settled = tell(Word(call_id="c1", kind="end", at=at(60), answered_at=at(0))).call
    assert settled.charge == Decimal("0.6")
    assert call(device, call_id="c2", now=None).call.snapshot["tariff"]["slots"][0]["price"] == "6"


def test_a_new_country_rings_once(ready: Portal) -> None:  # promise 70
    money(ready, "60")
    device = caller(ready)
    call(device)
    assert not Alert.objects.exists()  # home
    call(device, "+12125550123", call_id="c2")
    call(device, "+12125550124", call_id="c3")
    assert list(Alert.objects.values_list("kind", "detail")) == [("new_country", "US")]
