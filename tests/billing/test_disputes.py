"""Payments that a bank takes back: out of the wallet, held against the plan, told once, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client

from billing.domain import ledger_check, memory, payment_event, reconcile, refund, statement, wallet
from billing.domain.entitlement import UNPAID_GRACE
from billing.models import Dispute, Entry, InvoiceCopy, Kind, PaymentEvent, Subscription, Wallet
from infra.kit.errors import Invalid
from infra.local.payments import disputes
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop
from tests.billing.test_refunds import top_up

D = Decimal
As = Callable[[User], Client]


def disputed(shop: Shop, posting: Any, **how: Any) -> dict[str, Any]:
    """The bank questions a top-up; Stripe's dispute."""
    payment = shop.stripe.state.get("payment_intent", posting.cause.partition(":")[2])
    return disputes.open_dispute(shop.stripe.state, payment, **how)


def lines(shop: Shop) -> list[Decimal]:
    found = Entry.objects.filter(portal_id=shop.portal.pk, account="wallet", kind=Kind.DISPUTE).order_by("id")
    return list(found.values_list("amount", flat=True))


def books_are_right(portal: Portal) -> bool:
    return not [one for one in ledger_check.differences() if one.portal_id == portal.pk]


def test_what_a_bank_takes_back_leaves_the_wallet_also_where_it_is_spent(
    shop: Shop, as_: As, letters: list[EmailMessage]
) -> None:  # promises 29, 33
    posting = top_up(shop)
    wallet.charge(portal_id=shop.portal.pk, amount=D(20), cause=f"call:{shop.portal.pk}")
    Wallet.objects.filter(portal_id=shop.portal.pk).update(auto_below=5, auto_amount=25, auto_per_day=100)
    letters.clear()
    theirs = disputed(shop, posting)
    told = shop.stripe.webhooks.take() * 3
    random.Random(5).shuffle(told)
    for event in told:
        assert shop.post(event) == 200
    payment_event.apply_waiting()

    assert (wallet.balance(shop.portal.pk), lines(shop)) == (D(-20), [D(-25)])
    assert Wallet.objects.get(portal_id=shop.portal.pk).auto_below is None  # its holder is not charged again
    assert [letter.to for letter in letters] == [[shop.owner.email]]
    assert "−$20.00" in letters[0].body
    line = Entry.objects.get(portal_id=shop.portal.pk, account="wallet", kind=Kind.DISPUTE)
    assert statement.cause_link(line.posting) == f"/billing/receipts/{theirs['payment_intent']}/"
    assert "the bank holds the money" in as_(shop.owner).get("/billing/wallet/").content.decode()
    assert [one.left for one in refund.top_ups_of(shop.portal)] == [0]
    with pytest.raises(Invalid):
        refund.refund_top_up(actor=shop.owner, portal=shop.portal, posting=posting, amount=D(1), reason="x")

    disputes.decide(shop.stripe.state, theirs, "won")
    shop.tell()
    assert (wallet.balance(shop.portal.pk), lines(shop)) == (D(5), [D(-25), D(25)])
    assert "is back in the wallet" in letters[-1].body
    assert len(letters) == 2
    assert "the bank holds the money" not in as_(shop.owner).get("/billing/wallet/").content.decode()
    assert books_are_right(shop.portal)


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_told_backwards(shop: Shop, letters: list[EmailMessage], end: str) -> None:  # promise 29
    """The top-up, the dispute and its end are told in the wrong order, after all of it has happened."""
    from billing.domain import checkout

    page = checkout.start_top_up(actor=shop.owner, portal_id=shop.portal.pk, amount=D(25), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1], "4000000000000259")
    disputes.decide(shop.stripe.state, shop.stripe.state.all("dispute")[0], end)
    for event in reversed(shop.stripe.webhooks.take()):
        shop.post(event)
    payment_event.apply_waiting()
    assert wallet.balance(shop.portal.pk) == (25 if end == "won" else 0)
    assert [("stays" in letter.body) for letter in letters] == ([] if end == "won" else [True])
    assert books_are_right(shop.portal)


def test_a_question_of_the_bank_takes_nothing(shop: Shop, letters: list[EmailMessage]) -> None:
    theirs = disputed(shop, top_up(shop), inquiry=True)
    letters.clear()
    shop.tell()
    disputes.decide(shop.stripe.state, theirs, "warning_closed")
    shop.tell()
    assert wallet.balance(shop.portal.pk) == 25
    assert (letters, Dispute.objects.get().status) == ([], "warning_closed")


def test_a_missed_dispute_is_found_at_night_and_a_flip_follows(shop: Shop) -> None:  # promise 31
    theirs = disputed(shop, top_up(shop), amount=1000)
    shop.stripe.webhooks.take()
    PaymentEvent.objects.all().delete()
    for _night in range(2):
        reconcile.reconcile()
    assert lines(shop) == [D(-10)]
    for amount in (1000, -1000):  # won, and lost after all in a second round
        theirs["balance_transactions"].append({"amount": amount})
        reconcile.reconcile()
    assert lines(shop) == [D(-10), D(10), D(-10)]
    assert books_are_right(shop.portal)


def plan_payment(shop: Shop) -> dict[str, Any]:
    paper = InvoiceCopy.objects.filter(portal=shop.portal).latest("pk")
    return shop.stripe.state.get("payment_intent", paper.payment)


def test_a_disputed_payment_for_the_plan_begins_the_grace(
    shop: Shop, as_: As, letters: list[EmailMessage], time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 36
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    shop.buy("team")
    letters.clear()
    theirs = disputes.open_dispute(shop.stripe.state, plan_payment(shop))
    shop.tell()
    ours = Subscription.objects.get(portal=shop.portal)
    assert (ours.unpaid_since, ours.version.plan.slug) == (began, "team")
    assert ["Mar 15" in letter.body for letter in letters] == [True]
    page = as_(shop.owner).get("/billing/").content.decode()
    assert "Ask the bank to withdraw the dispute" in page
    memory.forget(shop.portal.schema_name)
    assert memory.entitlements(shop.portal.schema_name).limits["people.guests"] == 100
    with pytest.raises(Invalid):
        refund.refund_invoice(
            actor=shop.owner, portal=shop.portal, invoice=InvoiceCopy.objects.get(), amount=None, reason="x"
        )

    shop.pass_time(time_machine, began + UNPAID_GRACE)
    memory.forget(shop.portal.schema_name)
    assert memory.entitlements(shop.portal.schema_name).limits["people.guests"] == 0
    disputes.decide(shop.stripe.state, theirs, "won")
    shop.tell()
    assert Subscription.objects.get(portal=shop.portal).unpaid_since is None
    assert "has arrived" in letters[-1].subject
    assert wallet.balance(shop.portal.pk) == 0


def test_a_lost_dispute_is_forgotten_when_the_next_period_is_paid(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 36
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    shop.buy("team")
    disputes.decide(shop.stripe.state, disputes.open_dispute(shop.stripe.state, plan_payment(shop)), "lost")
    shop.tell()
    assert Subscription.objects.get(portal=shop.portal).unpaid_since == began
    shop.choose("team", people_10=1)  # a part of a period does not make it good
    shop.tell()
    assert Subscription.objects.get(portal=shop.portal).unpaid_since == began
    shop.pass_time(time_machine, began + timedelta(days=31, seconds=1))
    assert Subscription.objects.get(portal=shop.portal).unpaid_since is None
