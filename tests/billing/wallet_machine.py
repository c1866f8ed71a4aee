"""Every operation on a wallet in any order, against plain arithmetic."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import hypothesis
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from billing.domain import ledger_check, wallet
from billing.domain.wallet import FundsShort
from billing.models import Hold, Wallet
from infra.kit.errors import Conflict

_STANDING = """
SELECT balance, credit_limit,
  (SELECT COALESCE(SUM(h.amount), 0) FROM public.billing_hold h WHERE h.wallet_id = w.id AND h.state = 'open'),
  COALESCE((SELECT e.balance FROM public.billing_entry e WHERE e.portal_id = w.portal_id AND e.account = 'wallet'
    ORDER BY e.id DESC LIMIT 1), 0)
FROM public.billing_wallet w WHERE w.portal_id = %s
"""
AMOUNTS = st.integers(1, 40_000_000).map(lambda number: Decimal(number).scaleb(-6))
_numbers = count(1)


class WalletMachine(RuleBasedStateMachine):
    """`holds` is what is reserved, by cause; `spent` and `given` are amounts by cause."""

    portal_id: int
    looks = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).looks -= 1  # the first look is before the first operation
        self.balance = self.credit = Decimal(0)
        self._begin_at_nothing()
        self.holds: dict[str, Decimal] = {}
        self.rows: dict[str, Hold] = {}
        self.spent: dict[str, Decimal] = {}
        self.given: dict[str, Decimal] = {}

    def teardown(self) -> None:
        for cause in self.holds:
            wallet.release(hold=self.rows[cause])

        assert wallet.available(self.portal_id) == self.balance + self.credit

    @property
    def free(self) -> Decimal:
        return self.balance + self.credit - sum(self.holds.values(), Decimal(0))

    def _begin_at_nothing(self) -> None:
        """What follows depends on what is drawn alone."""
        left = wallet.balance(self.portal_id)
        Wallet.objects.filter(portal_id=self.portal_id).update(credit_limit=0)
        if left > 0:
            wallet.charge(portal_id=self.portal_id, amount=left, cause=self.new("sms"), forced=True)
        elif left < 0:
            self._give(self.new("topup"), -left)

    def new(self, word: str) -> str:
        return f"{word}:{self.portal_id}-{next(_numbers)}"

    @rule(amount=AMOUNTS)
    def top_up(self, amount: Decimal) -> None:
        cause = self.new("topup")
        self._give(cause, amount)
        self.given[cause] = amount
        self.balance += amount

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def top_up_again(self, data: st.DataObject) -> None:
        cause = data.draw(st.sampled_from(list(self.given)))
        self._give(cause, self.given[cause])
        try:
            self._give(cause, self.given[cause] + 1)
        except Conflict:
            return
        raise AssertionError("a cause was given two amounts")

    @rule(credit=st.sampled_from(["0", "5", "12.5"]))
    def credit_limit(self, credit: str) -> None:
        self.credit = Decimal(credit)
        Wallet.objects.filter(portal_id=self.portal_id).update(credit_limit=self.credit)

    @rule(amount=AMOUNTS)
    def hold(self, amount: Decimal) -> None:
        cause = self.new("call")
        until = datetime.now(UTC) + timedelta(hours=6)
        fits = amount <= self.free
        try:
            row = wallet.hold(portal_id=self.portal_id, amount=amount, cause=cause, expires_at=until)
        except FundsShort:
            assert not fits
            return
        assert fits
        self.holds[cause], self.rows[cause] = amount, row

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), amount=AMOUNTS)
    def resize(self, data: st.DataObject, amount: Decimal) -> None:
        cause = self._one(data)
        fits = amount - self.holds[cause] <= max(self.free, 0) or amount <= self.holds[cause]
        try:
            wallet.resize(hold=self.rows[cause], amount=amount)
        except FundsShort:
            assert not fits
            return
        assert fits
        self.holds[cause] = amount

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        cause = self._one(data)
        amount = data.draw(st.decimals("0", self.holds[cause], places=6))
        wallet.settle(hold=self.rows[cause], amount=amount, cause=cause)
        del self.holds[cause]
        self.spent[cause] = amount
        self.balance -= amount

    @precondition(lambda self: self.spent)
    @rule(data=st.data(), amount=AMOUNTS)
    def settle_again(self, data: st.DataObject, amount: Decimal) -> None:
        cause = data.draw(st.sampled_from(list(self.spent)))
        wallet.settle(hold=self.rows[cause], amount=amount, cause=cause)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        cause = self._one(data)
        wallet.release(hold=self.rows[cause])
        del self.holds[cause]

    @rule(amount=AMOUNTS, forced=st.booleans())
    def charge(self, amount: Decimal, forced: bool) -> None:
        fits = forced or amount <= self.free
        try:
            wallet.charge(portal_id=self.portal_id, amount=amount, cause=self.new("sms"), forced=forced)
        except FundsShort:
            assert not fits
            return
        assert fits
        self.balance -= amount

    @invariant()
    def as_counted(self) -> None:
        type(self).looks += 1
        with connection.cursor() as cursor:
            cursor.execute(_STANDING, [self.portal_id])
            found = cursor.fetchone()
        assert found == (self.balance, self.credit, sum(self.holds.values(), Decimal(0)), self.balance)

    def _one(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(list(self.holds)))

    def _give(self, cause: str, amount: Decimal) -> None:
        currency = wallet.wallet_of(self.portal_id).currency
        wallet.top_up(portal_id=self.portal_id, amount=amount, currency=currency, cause=cause)


def run(portal_id: int, *, examples: int, steps: int) -> int:
    """At most `examples` × `steps` operations on one wallet, looked at after each; then its books are added
    up afresh. How many there were."""
    kind: Any = type("PortalWallet", (WalletMachine,), {"portal_id": portal_id})
    machine = kind.TestCase
    machine.settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    machine().runTest()
    assert [one for one in ledger_check.differences() if one.portal_id == portal_id] == []
    return int(kind.looks)
