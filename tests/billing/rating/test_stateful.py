"""Any sequence of calls, ends and top-ups: the balance is never below zero and nothing is held for nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.models import Hold
from billing.rating.domain.authorize import CallRequest, authorize
from billing.rating.domain.bundles import grant
from billing.rating.domain.events import Word, tell
from billing.rating.domain.extension import extend
from billing.rating.domain.refused import CallRefused
from billing.rating.models import Bundle, BundleUse, Call, SipUser
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal
from tests.factories.call import caller, deck, money

NUMBERS = ("+442079460123", "+447400123456", "+441134960000", "+12125550123")


class Undone(Exception):
    """Rolls a sequence back."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """What is done inside is undone."""
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass


def machine(device: SipUser) -> type[RuleBasedStateMachine]:
    """The machine for one telephone."""

    def mine(model: type[Call] | type[Bundle]) -> QuerySet[Any]:
        return model._default_manager.filter(portal_id=device.portal_id)

    class Calls(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.undo = rolled_back()
            self.undo.__enter__()
            self.count = 0
            self.running: dict[str, datetime | None] = {}
            self.paid_in = Decimal(0)

        def teardown(self) -> None:
            self.undo.__exit__(None, None, None)

        @initialize(amount=st.decimals("0.5", "20", places=2), seconds=st.integers(0, 900))
        def begin(self, amount: Decimal, seconds: int) -> None:
            self.top_up(amount)
            if seconds:
                grant(portal_id=device.portal_id, title="Pack", seconds=seconds, cause="pack", destinations=["44"])

        @rule(amount=st.decimals("0.01", "5", places=2))
        def top_up(self, amount: Decimal) -> None:
            money(device.portal, str(amount))
            self.paid_in += amount

        @rule(number=st.sampled_from(NUMBERS))
        def ask(self, number: str) -> None:
            self.count += 1
            name = f"s{self.count}"
            try:
                answer = authorize(CallRequest(call_id=name, device=device, number=number))
            except CallRefused:
                assert not Call.objects.filter(call_id=name).exists()
                return
            assert answer.allowed > 0
            self.running[name] = None

        @precondition(lambda self: self.running)
        @rule(data=st.data())
        def answer(self, data: Any) -> None:
            name = data.draw(st.sampled_from(sorted(self.running)))
            self.running[name] = self.running[name] or timezone.now()
            tell(Word(call_id=name, kind="answer", at=self.running[name]))

        @precondition(lambda self: self.running)
        @rule(data=st.data())
        def longer(self, data: Any) -> None:
            name = data.draw(st.sampled_from(sorted(self.running)))
            before = Call.objects.get(call_id=name).granted
            assert extend(call_id=name).granted >= before

        @precondition(lambda self: self.running)
        @rule(data=st.data(), seconds=st.integers(0, 5000))
        def end(self, data: Any, seconds: int) -> None:
            name = data.draw(st.sampled_from(sorted(self.running)))
            answered = self.running.pop(name)
            ended = (answered or timezone.now()) + timedelta(seconds=seconds)
            word = Word(call_id=name, kind="end", at=ended, answered_at=answered)
            first = tell(word).call
            assert tell(word).call.charge == first.charge
            assert first.charge is not None
            assert first.charge <= first.reserved

        @invariant()
        def nothing_is_overspent(self) -> None:
            assert wallet.available(device.portal_id) >= 0
            charged = mine(Call).aggregate(sum=Sum("charge"))["sum"] or 0
            assert wallet.balance(device.portal_id) == self.paid_in - charged
            holds = Hold.objects.filter(state="open", wallet__portal_id=device.portal_id)
            held = holds.aggregate(sum=Sum("amount"))["sum"] or 0
            assert held == (mine(Call).filter(state__in=Call.OPEN).aggregate(sum=Sum("reserved"))["sum"] or 0)
            for bundle in mine(Bundle):
                sums = BundleUse.objects.filter(bundle=bundle).aggregate(held=Sum("held"), used=Sum("used"))
                assert (bundle.held, bundle.used) == (sums["held"] or 0, sums["used"] or 0)

    return Calls


def test_no_sequence_overspends(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:  # promise 69
    for module in ("standing", "authorize"):  # however slow the machine: no call is dropped for not having started
        monkeypatch.setattr(f"billing.rating.domain.{module}.PROVISIONAL", timedelta(hours=1))
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=4, reason="test")
    device = caller(portal, max_concurrent=4)
    options = settings(max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine(device), settings=options)
