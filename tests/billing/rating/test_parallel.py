"""Many calls at once on one wallet: no coin and no included second is spent twice (promise 69)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.models import Entry, MeterEvent
from billing.rating.domain.authorize import CallRequest, authorize
from billing.rating.domain.bundles import grant
from billing.rating.domain.events import Word, tell
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Bundle, Call, Deck, SipUser
from infra.db.current import enter
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal
from tests.factories.call import caller, deck, money

pytestmark = pytest.mark.commits
THREADS = 100


@pytest.fixture
def device(fresh_portal: Callable[..., Portal]):
    """A telephone of a portal with room for 200 calls at once, each of one minute at 0.60."""
    portal = fresh_portal()
    with enter(portal):
        made = deck()
        override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
        override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=200, reason="test")
        yield caller(portal, max_concurrent=200, max_seconds=60)
        Call.objects.filter(portal=portal).delete()
        Deck.objects.filter(pk=made.pk).delete()


def at_once(work: Callable[[int], str]) -> list[str]:
    """Let THREADS threads begin `work` in the same moment, each on a connection of its own."""
    barrier = Barrier(THREADS)

    def one(index: int) -> str:
        try:
            barrier.wait()
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def try_call(device: SipUser, name: str) -> str:
    try:
        return str(authorize(CallRequest(call_id=name, device=device, number="+442079460123")).allowed)
    except CallRefused as refusal:
        return refusal.code


def test_a_hundred_calls_share_money_for_ten(device: SipUser) -> None:  # promise 69
    money(device.portal, "6.30")
    answers = at_once(lambda index: try_call(device, f"money-{device.pk}-{index}"))
    assert sorted(set(answers)) == ["60", "no_funds"]
    assert answers.count("60") == 10
    assert wallet.available(device.portal_id) == Decimal("0.3")
    now = timezone.now()

    def end(index: int) -> str:
        call_id = f"money-{device.pk}-{index}"
        if not Call.objects.filter(call_id=call_id).exists():
            return ""
        cdr = Cdr(call_id=call_id, answered_at=now, ended_at=now + timedelta(seconds=70))
        settle(cdr)
        return str(settle(cdr).charge)

    assert sorted(filter(None, at_once(end))) == ["0.600000"] * 10
    assert wallet.balance(device.portal_id) == Decimal("0.3")


def test_a_hundred_calls_share_a_bundle_of_ten_minutes(device: SipUser) -> None:
    grant(portal_id=device.portal_id, title="Pack", seconds=630, cause="pack", step=60)
    answers = at_once(lambda index: try_call(device, f"pack-{device.pk}-{index}"))
    assert answers.count("60") == 10
    bundle = Bundle.objects.get(portal_id=device.portal_id)
    assert (bundle.held, bundle.used) == (600, 0)


def test_words_of_one_call_told_by_many_at_once_charge_once(device: SipUser) -> None:  # promise 71
    """A hundred copies of start, answer, end and the day's record, in whatever order threads bring them."""
    money(device.portal, "60")
    name, now = f"told-{device.pk}", timezone.now()
    assert try_call(device, name) == "60"
    ended = now + timedelta(seconds=40)

    def say(index: int) -> str:
        match index % 4:
            case 0:
                tell(Word(call_id=name, kind="start", at=now))
            case 1:
                tell(Word(call_id=name, kind="answer", at=now))
            case 2:
                tell(Word(call_id=name, kind="end", at=ended, answered_at=now))
            case _:
                settle(Cdr(call_id=name, answered_at=now, ended_at=ended))
        return ""

    at_once(say)
    call = Call.objects.get(call_id=name)
    assert (call.state, call.seconds) == (Call.State.SETTLED, 40)
    assert wallet.balance(device.portal_id) == wallet.available(device.portal_id) == Decimal("59.4")
    lines = Entry.objects.filter(portal_id=device.portal_id, account="wallet", amount__lt=0)
    assert sum(line.amount for line in lines) == Decimal("-0.6")
    used = MeterEvent.objects.filter(portal_id=device.portal_id, meter="minutes")
    assert [one.quantity for one in used] == [1]


def test_the_same_call_asked_by_many_is_one(device: SipUser) -> None:
    money(device.portal, "60")
    assert set(at_once(lambda index: try_call(device, f"one-{device.pk}"))) == {"60"}
    assert wallet.available(device.portal_id) == Decimal("59.4")
