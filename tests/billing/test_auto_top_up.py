"""The saved card is charged when the wallet runs low: within the day's bound, once at a time, and refusals are told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client

from billing.domain import auto_top_up, checkout, ledger_check, wallet, wallet_settings
from billing.domain.customer import customer_of
from billing.models import AutoTopUp, Wallet
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import Invalid, Unavailable
from infra.local.payments import customers
from infra.ui.models import Notification
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

As = Callable[[User], Client]
D = Decimal
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Bank:
    """The payment service: takes the money or does not."""

    def __init__(self) -> None:
        self.asked: list[tuple[Decimal, str]] = []
        self.answer: bool | Exception = True

    def charge(self, *, portal_id: int, amount: Decimal, cause: str) -> bool:
        self.asked.append((amount, cause))
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer:
            wallet.top_up(portal_id=portal_id, amount=amount, currency="USD", cause=cause)
        return self.answer


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    bank = Bank()
    monkeypatch.setattr(checkout, "charge_saved_card", bank.charge)
    return bank


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def switch_on(alice: User, below: str = "5", amount: str = "10", per_day: str = "25") -> None:
    wallet_settings.set_auto_top_up(actor=alice, below=D(below), amount=D(amount), per_day=D(per_day))


def spend(portal: Portal, amount: str) -> None:
    cause = f"call:{AutoTopUp.objects.count()}-{datetime.now(UTC).timestamp()}"
    wallet.charge(portal_id=portal.pk, amount=D(amount), cause=cause, forced=True)


def test_a_low_wallet_is_filled_up_to_the_day_s_bound(
    portal: Portal, alice: User, bank: Bank, clock: time_machine.Traveller
) -> None:
    switch_on(alice)
    for _round in range(4):
        spend(portal, "10")
        auto_top_up.top_up_when_low(portal.pk)
        clock.shift(timedelta(minutes=11))
    assert [amount for amount, _cause in bank.asked] == [D(10), D(10)]
    assert wallet.balance(portal.pk) == D(-20)

    clock.shift(timedelta(days=1))
    auto_top_up.top_up_when_low(portal.pk)
    assert len({cause for _amount, cause in bank.asked}) == len(bank.asked) == 3


def test_a_wallet_that_holds_enough_is_left_alone(
    portal: Portal, alice: User, bank: Bank, clock: time_machine.Traveller
) -> None:
    wallet.top_up(portal_id=portal.pk, amount=D(5), currency="USD", cause="topup:1")
    switch_on(alice)
    auto_top_up.top_up_when_low(portal.pk)
    wallet_settings.stop_auto_top_up(actor=alice)
    spend(portal, "5")
    auto_top_up.top_up_when_low(portal.pk)
    assert bank.asked == []


def test_the_service_s_word_is_waited_for(
    portal: Portal, alice: User, bank: Bank, clock: time_machine.Traveller
) -> None:
    switch_on(alice, below="50")
    auto_top_up.top_up_when_low(portal.pk)
    auto_top_up.top_up_when_low(portal.pk)
    assert len(bank.asked) == 1


@pytest.mark.parametrize("answer", [False, Unavailable()])
def test_a_declined_card_is_told_and_rests(
    portal: Portal,
    alice: User,
    bank: Bank,
    clock: time_machine.Traveller,
    letters: list[EmailMessage],
    answer: object,
) -> None:
    bank.answer = answer
    switch_on(alice)
    for hours in (0, 1, 4):
        clock.shift(timedelta(hours=hours))
        auto_top_up.top_up_when_low(portal.pk)
    assert len(bank.asked) == 1
    assert AutoTopUp.objects.get().state == AutoTopUp.State.FAILED
    assert [letter.subject for letter in letters] == ["The card could not be charged: $10.00"]
    assert Notification.objects.filter(person=alice, url="/billing/wallet/").count() == 1
    assert wallet.balance(portal.pk) == 0

    clock.shift(timedelta(hours=2))
    bank.answer = True
    auto_top_up.top_up_when_low(portal.pk)
    assert wallet.balance(portal.pk) == D(10)


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        (("-1", "10", "20"), "auto_below"),
        (("5", "0", "20"), "auto_amount"),
        (("5", "0.01", "20"), "auto_amount"),
        (("5", "10.005", "20"), "auto_amount"),
        (("5", "10", "9.99"), "auto_per_day"),
    ],
)
def test_figures_without_sense_are_refused(portal: Portal, alice: User, figures: tuple[str, ...], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        switch_on(alice, *figures)
    assert list(refused.value.fields) == [field]
    assert not Wallet.objects.filter(auto_below__isnull=False).exists()
    assert not AuditEntry.objects.filter(action="billing.wallet.auto").exists()


def test_the_page_switches_it_on_and_off(as_: As, portal: Portal, alice: User) -> None:
    client = as_(alice)
    form = {"auto_below": "5", "auto_amount": "10,5", "auto_per_day": "21"}
    assert client.post("/billing/wallet/auto", form).status_code == 302
    kept = Wallet.objects.get(portal_id=portal.pk)
    assert (kept.auto_below, kept.auto_amount, kept.auto_per_day) == (D(5), D("10.5"), D(21))
    assert client.post("/billing/wallet/auto", form | {"auto_per_day": "1"}).status_code == 422
    assert client.post("/billing/wallet/auto", {"do": "stop"}).status_code == 302
    assert Wallet.objects.get(portal_id=portal.pk).auto_below is None
    assert AuditEntry.objects.filter(action="billing.wallet.auto").count() == 2


def test_money_comes_from_the_payment_service_and_nowhere_else(shop: Shop, as_: As, alice: User) -> None:
    client, portal = as_(alice), shop.portal
    assert client.post("/billing/wallet/top-up", {"amount": "0"}).status_code == 422
    address = client.post("/billing/wallet/top-up", {"amount": "20"})["Location"]
    assert "as soon as the payment service confirms" in client.get("/billing/wallet/?paid=1").content.decode()
    assert wallet.balance(portal.pk) == 0

    shop.stripe.complete_checkout(address.rsplit("/", 1)[1])
    shop.tell()
    shop.tell()
    assert wallet.balance(portal.pk) == D(20)

    with enter(portal):
        switch_on(alice)
    spend(portal, "16")
    auto_top_up.top_up_when_low(portal.pk)
    shop.tell()
    assert wallet.balance(portal.pk) == D(14)
    assert AutoTopUp.objects.get().state == AutoTopUp.State.TAKEN
    assert ledger_check.differences() == []


def test_a_debit_that_is_on_its_way_is_waited_for(
    shop: Shop, alice: User, letters: list[EmailMessage], time_machine: time_machine.TimeMachineFixture
) -> None:
    """A bank takes days: meanwhile nothing else is charged, and where it fails that is told once."""
    time_machine.move_to(NOON, tick=False)
    shop.stripe.advance_to(int(NOON.timestamp()))
    customer_of(shop.portal)
    state = shop.stripe.state
    customers.attach(state, state.get("customer", shop.customer.customer), customers.new_bank(state))
    shop.tell()
    switch_on(alice, per_day="1000")
    letters.clear()
    for _round in range(3):
        auto_top_up.top_up_when_low(shop.portal.pk)
        time_machine.shift(timedelta(hours=1))
    debit, *others = state.all("payment_intent")
    assert (debit["status"], others) == ("processing", [])

    debit |= {"status": "requires_payment_method", "settles_at": None}
    state.event("payment_intent.payment_failed", debit)
    state.event("payment_intent.payment_failed", debit)
    shop.tell()
    assert AutoTopUp.objects.get().state == AutoTopUp.State.FAILED
    assert len(letters) == 1
    auto_top_up.top_up_when_low(shop.portal.pk, datetime.now(UTC) + timedelta(hours=6))
    assert len(state.all("payment_intent")) == 2
