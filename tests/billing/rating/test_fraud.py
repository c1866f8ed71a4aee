"""Toll fraud as it happens: a stolen telephone at night, and strangers who let a machine dial."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage

from billing.domain import ledger, wallet
from billing.domain.ledger import Line
from billing.domain.override import override_limit
from billing.models import Account, Kind
from billing.rating.domain import bursts, guard, reaper, telling
from billing.rating.domain.authorize import CallRequest, authorize
from billing.rating.domain.events import Word, tell
from billing.rating.domain.extension import extend
from billing.rating.domain.refused import CallRefused
from billing.rating.models import Alert, Call, CallAccount, SipUser
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal
from tests.factories.call import at, caller, deck, money

NIGHT = datetime(2026, 3, 8, 2, 30, tzinfo=UTC)  # a Sunday
DECK = """prefix,destination,rate_per_minute,increment_seconds
44,United Kingdom,0.012,1
447,United Kingdom mobile,0.03,1
371,Latvia,0.6,60
37190,Latvia premium,4,60
252,Somalia,0.55,60
"""


@pytest.fixture
def device(portal: Portal) -> SipUser:
    deck(DECK)
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=50, reason="test")
    money(portal, "2000")
    return caller(portal, max_concurrent=None, max_per_minute=None, max_price=None, max_spend=None, premium=False)


def dial(device: SipUser, number: str, now: datetime, **more: Any) -> str:
    """What becomes of a call that is held as long as it may be: "" or why it was refused."""
    call_id = f"{number} {now.isoformat()}"
    try:
        authorize(CallRequest(call_id=call_id, device=device, number=f"+{number}", **more), now=now)
    except CallRefused as refused:
        return refused.code
    tell(Word(call_id=call_id, kind="answer", at=now), now=now)
    return ""


@pytest.mark.parametrize("abroad", [False, True], ids=["closed", "open"])
def test_a_stolen_telephone_at_night(
    device: SipUser, abroad: bool, letters: list[EmailMessage], time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 70
    """Fifty attempts a minute to dear ranges, for an hour: it is stopped and told within the first minute or so."""
    CallAccount.objects.update(international=abroad)
    before = wallet.balance(device.portal_id)
    said: list[str] = []
    stopped: datetime | None = None
    for second in range(0, 3600, 2):
        now = NIGHT + timedelta(seconds=second)
        time_machine.move_to(now, tick=False)
        said.append(dial(device, f"{('252', '371', '37190', '999')[second // 2 % 4]}5{second:06}", now))
        cut = guard.to_cut()
        for name in cut:
            tell(Word(call_id=name, kind="end", at=now), now=now)
        if cut or said[-1] == "stopped":
            stopped = now
            break
    assert stopped is not None
    assert stopped - NIGHT <= timedelta(seconds=90)
    assert not Call.objects.filter(state__in=Call.OPEN).exists()
    assert before - wallet.balance(device.portal_id) <= Decimal(6)  # five calls at once, two minutes each
    for alert in Alert.objects.filter(kind=Alert.Kind.STOPPED):
        telling.tell_owners(alert.pk)
    assert any("fraud" in letter.body for letter in letters)
    assert dial(device, "442079460123", NIGHT + timedelta(hours=1)) == "stopped"


def test_the_day_is_bounded_where_everything_looks_ordinary(device: SipUser) -> None:  # promise 70
    """Long calls to an allowed country, one after the other: the daily spend ends it."""
    CallAccount.objects.update(international=True, max_per_minute=1000)
    spent, said = Decimal(0), ""
    for number in range(33):
        now = at(number * 1300)
        said = dial(device, f"3716{number:07}", now)
        if said:
            break
        name = f"3716{number:07} {now.isoformat()}"
        spent += tell(Word(call_id=name, kind="end", at=now + timedelta(seconds=1290)), now=now).call.charge or 0
    assert said == "spend_cap"
    assert spent <= 60
    assert Alert.objects.filter(kind=Alert.Kind.SPEND).count() == 1


@pytest.mark.parametrize("purpose", ["callback", "ivr", "code"])
def test_a_machine_dials_plain_numbers_at_home_alone(device: SipUser, purpose: str) -> None:  # promise 73
    CallAccount.objects.update(international=True, premium=True, max_price=Decimal(10))
    assert dial(device, "447400123456", at(0), purpose=purpose) == ""
    assert dial(device, "3712345678", at(1), purpose=purpose) == "machine_abroad"
    assert dial(device, "3719012345", at(2), purpose=purpose) == "machine_abroad"
    assert dial(device, "3712345678", at(3)) == ""  # a person may
    CallAccount.objects.update(machines_abroad=True)
    assert dial(device, "3712345679", at(4), purpose=purpose) == ""
    assert dial(device, "3719012345", at(5), purpose=purpose) == "machine_abroad"  # dear numbers never


def test_a_stranger_does_not_call_for_help_through_a_machine(device: SipUser) -> None:  # promise 73
    for purpose in ("callback", "ivr", "code"):
        for number in ("112", "911"):
            asked = CallRequest(call_id=f"{purpose}{number}", device=device, number=number, purpose=purpose)
            with pytest.raises(CallRefused) as refused:
                authorize(asked, now=NIGHT)
            assert refused.value.code == "machine_abroad"
    assert not Call.objects.exists()
    assert authorize(CallRequest(call_id="person", device=device, number="112"), now=NIGHT).route == "emergency"


def test_one_number_and_one_block_are_called_a_few_times_alone(device: SipUser) -> None:  # promise 73
    CallAccount.objects.update(max_concurrent=50, max_per_minute=1000)
    same = [dial(device, "447400123456", at(index), purpose="code") for index in range(4)]
    assert same == ["", "", "", "number_cap"]
    block = [dial(device, f"447400555{index:03}", at(10 + index), purpose="callback") for index in range(6)]
    assert block == ["", "", "", "", "", "prefix_cap"]
    assert dial(device, "447400555999", at(20)) == ""  # a person at home is not bound by it
    assert dial(device, "447400555998", at(700), purpose="callback") == ""  # ten minutes later
    assert dial(device, "447400123456", at(800), purpose="code") == "number_cap"  # an hour for one number
    assert Alert.objects.get(kind=Alert.Kind.PREFIX).detail.endswith("123456")


def test_a_burst_over_a_whole_prefix_ends(device: SipUser) -> None:  # promise 73
    CallAccount.objects.update(max_concurrent=200, max_per_minute=1000)
    override_limit(actor=SYSTEM, portal=device.portal, limit="rating.channels", maximum=200, reason="test")
    said = [dial(device, f"4474{index:02}000{index:03}", at(index), purpose="code") for index in range(61)]
    assert said == [""] * bursts.SAME_PREFIX[True] + ["prefix_cap"]


def test_people_abroad_are_bounded_by_prefix_too(device: SipUser) -> None:  # promise 70
    CallAccount.objects.update(international=True, max_concurrent=200, max_per_minute=1000, max_spend=Decimal(100_000))
    override_limit(actor=SYSTEM, portal=device.portal, limit="rating.channels", maximum=200, reason="test")
    said = [dial(device, f"2526{index:07}", at(index)) for index in range(31)]
    assert said == [""] * bursts.SAME_PREFIX[False] + ["prefix_cap"]
    assert reaper.reap(at(100_000))["estimated"] == bursts.SAME_PREFIX[False]


def test_a_call_does_not_run_on_at_a_price_above_the_cap(portal: Portal) -> None:  # promise 70
    night = [{"name": "dear", "from": "03:00", "to": "08:00", "weight": 10, "rate_per_minute": "5"}]
    periods = json.dumps(night).replace('"', '""')
    deck(f'prefix,destination,rate_per_minute,increment_seconds,periods\n371,Latvia,0.6,60,"{periods}"\n')
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    money(portal, "2000")
    telephone = caller(portal, max_price=Decimal(1), max_spend=Decimal(10_000), max_concurrent=2)

    granted = authorize(CallRequest(call_id="c1", device=telephone, number="+37120000000"), now=NIGHT)
    assert granted.allowed == 30 * 60 - 120  # however long it rings, its last second is before 3 o'clock
    tell(Word(call_id="c1", kind="answer", at=NIGHT), now=NIGHT)
    assert extend(call_id="c1", now=NIGHT).granted == granted.allowed
    assert dial(telephone, "37120000000", NIGHT.replace(minute=59)) == "price_cap"


def test_money_that_was_taken_back_cuts_what_runs_on_it(device: SipUser, portal: Portal) -> None:  # promise 69
    now = datetime.now(UTC)
    assert dial(device, "447400123456", now) == ""
    assert guard.to_cut() == []
    lines = [Line(Account.WALLET, Decimal(-2000)), Line(Account.PAYMENTS, Decimal(2000))]
    ledger.post(cause="dispute:pi_1:du_1", lines=lines, portal_id=portal.pk, currency="USD", kind=Kind.DISPUTE)
    assert guard.to_cut() == [Call.objects.get(portal=portal).call_id]
    assert dial(device, "447400123457", now) == "no_funds"
