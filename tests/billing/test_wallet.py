"""The wallet: reserving, extending, charging and giving back, one step at a time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing.domain import ledger_check, wallet
from billing.domain.wallet import FundsShort
from billing.models import Entry, Hold, Posting, Wallet
from infra.kit.errors import Conflict
from tenants.portals.models import Portal

D = Decimal


def fill(portal: Portal, amount: str = "10") -> None:
    wallet.top_up(portal_id=portal.pk, amount=D(amount), currency="USD", cause=f"topup:{portal.pk}")


def reserve(portal: Portal, amount: str, cause: str = "call:1", seconds: int = 3600) -> Hold:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return wallet.hold(portal_id=portal.pk, amount=D(amount), cause=cause, expires_at=until)


def stand(portal: Portal) -> tuple[D, D]:
    return wallet.balance(portal.pk), wallet.available(portal.pk)


def test_a_wallet_is_made_on_first_use_in_the_currency_of_the_portal(acme: Portal) -> None:
    Portal.objects.filter(pk=acme.pk).update(currency="RUB")
    made = wallet.wallet_of(acme.pk)
    assert (made.currency, made.balance, made.credit_limit) == ("RUB", D(0), D(0))
    assert wallet.wallet_of(acme.pk) == made


def test_a_call_reserves_extends_and_pays_what_it_used(acme: Portal) -> None:  # promise 69
    fill(acme)
    held = reserve(acme, "4")
    assert stand(acme) == (D("10"), D("6"))
    held = wallet.resize(hold=held, amount=D("9.5"))
    assert stand(acme) == (D("10"), D("0.5"))
    posting = wallet.settle(hold=held, amount=D("3.1415"), cause="call:1", note="+44 20")
    assert (posting.kind, posting.note) == ("call", "+44 20")
    assert stand(acme) == (D("6.8585"), D("6.8585"))
    assert wallet.settle(hold=held, amount=D("9"), cause="call:1") == posting
    assert stand(acme) == (D("6.8585"), D("6.8585"))


def test_nothing_is_reserved_beyond_what_there_is(acme: Portal) -> None:  # promise 69
    fill(acme)
    held = reserve(acme, "6")
    with pytest.raises(FundsShort) as short:
        reserve(acme, "4.000001", "call:2")
    assert short.value.available == D("4")
    assert short.value.problem()["status"] == 402
    with pytest.raises(FundsShort):
        wallet.resize(hold=held, amount=D("10.000001"))
    with pytest.raises(FundsShort):
        wallet.charge(portal_id=acme.pk, amount=D("5"), cause="sms:1")
    assert list(Hold.objects.values_list("cause", "amount")) == [("call:1", D("6"))]
    assert stand(acme) == (D("10"), D("4"))
    assert wallet.resize(hold=held, amount=D("10")).amount == D("10")


def test_the_same_cause_has_one_hold(acme: Portal, globex: Portal) -> None:
    fill(acme)
    held = reserve(acme, "4")
    assert reserve(acme, "9") == held
    assert stand(acme) == (D("10"), D("6"))
    with pytest.raises(Conflict):
        reserve(globex, "0")


def test_releasing_gives_all_back_and_twice_is_once(acme: Portal) -> None:
    fill(acme)
    held = reserve(acme, "4")
    wallet.release(hold=held)
    wallet.release(hold=held)
    assert stand(acme) == (D("10"), D("10"))
    with pytest.raises(Conflict):
        wallet.resize(hold=held, amount=D("1"))


def test_nothing_owed_is_noted_without_a_line(acme: Portal) -> None:
    fill(acme)
    held = reserve(acme, "4")
    posting = wallet.settle(hold=held, amount=D("0"), cause="call:1")
    assert stand(acme) == (D("10"), D("10"))
    assert not posting.entries.exists()
    assert wallet.settle(hold=held, amount=D("2"), cause="call:1") == posting


def test_a_settled_hold_is_not_charged_for_another_cause_nor_released(acme: Portal) -> None:
    fill(acme)
    held = reserve(acme, "4")
    with pytest.raises(ValueError):
        wallet.settle(hold=held, amount=D("4.000001"), cause="call:1")
    wallet.settle(hold=held, amount=D("4"), cause="call:1")
    with pytest.raises(Conflict):
        wallet.settle(hold=held, amount=D("1"), cause="call:2")
    wallet.release(hold=held)
    held.refresh_from_db()
    assert held.state == Hold.State.SETTLED
    assert stand(acme) == (D("6"), D("6"))


def test_a_provisional_hold_ends_by_itself(acme: Portal) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        fill(acme)
        held = reserve(acme, "8", seconds=10)
        clock.shift(9)
        assert stand(acme) == (D("10"), D("2"))
        clock.shift(1)
        assert stand(acme) == (D("10"), D("10"))
        assert wallet.expire_holds() == 1
        held.refresh_from_db()
        assert held.state == Hold.State.EXPIRED

        wallet.release(hold=held)  # a late "not answered" of the switch
        again = wallet.resize(hold=held, amount=D("7"), expires_at=datetime.now(UTC) + timedelta(seconds=60))
        assert again.state == Hold.State.OPEN
        assert stand(acme) == (D("10"), D("3"))


def test_what_was_used_is_owed_also_when_its_hold_is_gone(acme: Portal) -> None:  # promise 71
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        fill(acme)
        lost = reserve(acme, "8", "call:1", seconds=10)
        clock.shift(10)
        reserve(acme, "10", "call:2")
        wallet.settle(hold=lost, amount=D("3"), cause="call:1")
        assert stand(acme) == (D("7"), D("-3"))


def test_a_late_record_is_charged_below_zero_and_nothing_follows_it(acme: Portal) -> None:
    fill(acme, "1")
    posting = wallet.charge(portal_id=acme.pk, amount=D("3"), cause="call:9", forced=True)
    assert wallet.charge(portal_id=acme.pk, amount=D("5"), cause="call:9", forced=True) == posting
    assert stand(acme) == (D("-2"), D("-2"))
    with pytest.raises(FundsShort):
        reserve(acme, "0.01")
    assert reserve(acme, "0", "call:free").amount == 0


def test_the_operators_credit_can_be_spent(acme: Portal) -> None:
    wallet.wallet_of(acme.pk)
    Wallet.objects.filter(portal_id=acme.pk).update(credit_limit=D("5"))
    reserve(acme, "4")
    assert stand(acme) == (D("0"), D("1"))
    with pytest.raises(FundsShort):
        wallet.charge(portal_id=acme.pk, amount=D("1.5"), cause="sms:1")
    wallet.charge(portal_id=acme.pk, amount=D("1"), cause="sms:1")
    assert stand(acme) == (D("-1"), D("0"))


def test_a_top_up_counts_once_and_only_above_nothing(acme: Portal) -> None:
    fill(acme)
    fill(acme)
    with pytest.raises(ValueError):
        wallet.top_up(portal_id=acme.pk, amount=D("0"), currency="USD", cause="topup:x")
    with pytest.raises(Conflict):
        wallet.top_up(portal_id=acme.pk, amount=D("1"), currency="EUR", cause="topup:x")
    assert stand(acme) == (D("10"), D("10"))
    assert Posting.objects.filter(portal_id=acme.pk).count() == 1
    assert Entry.objects.filter(posting__portal_id=acme.pk).count() == 2
    assert ledger_check.differences() == []
