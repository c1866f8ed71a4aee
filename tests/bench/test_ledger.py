"""The wallet under BENCH_OPERATIONS operations (100,000 take a quarter of an hour), and what a call costs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count as numbers_from

import pytest

from billing.domain import ledger_check, wallet
from tenants.portals.models import Portal
from tests.bench.figures import figure, p95, walls
from tests.billing import wallet_machine

pytestmark = pytest.mark.bench
STEPS = 100
OPERATIONS = int(os.environ.get("BENCH_OPERATIONS", "5000"))


def test_after_all_operations_the_books_are_right(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    done: list[int] = []

    def operate() -> None:  # an example may end before its last step
        while (left := OPERATIONS - sum(done)) > 0:
            done.append(wallet_machine.run(portal.pk, examples=-(-left // STEPS), steps=STEPS))

    took, count = walls(operate)[0], sum(done)
    figure("wallet: any operation, checked against arithmetic", count / took, "/s", beside=f"{count} operations")
    figure("wallet: nightly check of its ledger", walls(ledger_check.differences)[0] * 1000, "ms")


def test_a_call_on_the_wallet(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    wallet.top_up(portal_id=portal.pk, amount=Decimal(1000), currency="USD", cause=f"topup:{portal.pk}")
    until, numbers = datetime.now(UTC) + timedelta(hours=1), numbers_from()

    def call() -> None:
        cause = f"call:{portal.pk}-{next(numbers)}"
        held = wallet.hold(portal_id=portal.pk, amount=Decimal("0.5"), cause=cause, expires_at=until)
        wallet.settle(hold=held, amount=Decimal("0.2"), cause=cause)

    figure("wallet: reserve and charge one call, p95", p95(walls(call, 500)) * 1000, "ms")
