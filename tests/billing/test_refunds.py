"""Money that goes back to a card: what the plan cost, and what filled the wallet."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.domain import checkout, ledger_check, payment_event, reconcile, refresh, refund, statement, wallet
from billing.models import Entry, InvoiceCopy, Kind, PaymentEvent, PaymentOperation, Posting
from infra.adapters.payments import NoAnswer, Refund, get_payments
from infra.kit.errors import Invalid
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

D = Decimal


def top_up(shop: Shop, amount: str = "25") -> Posting:
    page = checkout.start_top_up(actor=shop.owner, portal_id=shop.portal.pk, amount=D(amount), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    shop.tell()
    return Posting.objects.filter(portal_id=shop.portal.pk, kind=Kind.TOP_UP).latest("id")


def refunded_at_stripe(posting: Posting, amount: int) -> None:
    """As somebody in Stripe's own pages gives money back."""
    payment = posting.cause.partition(":")[2]
    get_payments().refund(key=f"by-hand-{payment}-{amount}", payment=payment, amount=amount, metadata={})


def books_are_right(portal: Portal) -> bool:
    return not [one for one in ledger_check.differences() if one.portal_id == portal.pk]


def test_what_went_back_of_a_top_up_leaves_the_wallet_once_in_any_order(shop: Shop) -> None:  # promises 29, 33
    posting = top_up(shop)
    refunded_at_stripe(posting, 1000)
    refunded_at_stripe(posting, 250)
    told = shop.stripe.webhooks.take() * 3
    random.Random(3).shuffle(told)
    for event in told:
        assert shop.post(event) == 200
    payment_event.apply_waiting()
    assert wallet.balance(shop.portal.pk) == D("12.5")
    lines = Entry.objects.filter(portal_id=shop.portal.pk, account="wallet", kind=Kind.REFUND)
    assert sorted(lines.values_list("amount", flat=True)) == [D(-10), D("-2.5")]
    payment = posting.cause.partition(":")[2]
    assert {statement.cause_link(line.posting) for line in lines} == {f"/billing/receipts/{payment}/"}
    assert books_are_right(shop.portal)


def test_a_refund_told_before_its_top_up(shop: Shop) -> None:  # promise 29
    page = checkout.start_top_up(actor=shop.owner, portal_id=shop.portal.pk, amount=D(25), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    paid = shop.stripe.webhooks.take()
    payment = next(event["data"]["object"]["id"] for event in paid if event["type"] == "payment_intent.succeeded")
    get_payments().refund(key="by-hand", payment=payment, amount=2500, metadata={})
    for event in [*shop.stripe.webhooks.take(), *paid]:
        shop.post(event)
    payment_event.apply_waiting()
    assert wallet.balance(shop.portal.pk) == 0


def test_a_missed_refund_is_found_at_night(shop: Shop) -> None:  # promise 31
    refunded_at_stripe(top_up(shop), 2500)
    shop.stripe.webhooks.take()
    PaymentEvent.objects.all().delete()
    reconcile.compare(shop.customer)
    assert wallet.balance(shop.portal.pk) == 0


def test_a_refund_that_did_not_arrive_is_put_back(shop: Shop) -> None:
    posting = top_up(shop)
    refunded_at_stripe(posting, 2500)
    shop.tell()
    assert wallet.balance(shop.portal.pk) == 0
    for one in shop.stripe.state.all("refund"):
        one["status"] = "failed"
    for _night in range(2):
        reconcile.compare(shop.customer)
    assert wallet.balance(shop.portal.pk) == 25
    assert books_are_right(shop.portal)


def test_the_operator_gives_back_what_is_still_free(shop: Shop) -> None:
    posting = top_up(shop)
    until = datetime.now(UTC) + timedelta(hours=1)
    wallet.charge(portal_id=shop.portal.pk, amount=D("10.1234"), cause=f"call:{shop.portal.pk}")
    wallet.hold(portal_id=shop.portal.pk, amount=D(4), cause=f"call:{shop.portal.pk}-2", expires_at=until)

    def give(amount: str | None) -> Decimal:
        whole = None if amount is None else D(amount)
        return refund.refund_top_up(
            actor=shop.owner, portal=shop.portal, posting=posting, amount=whole, reason="Unused"
        )

    for wrong in ("10.88", "25", "0", "-1", "0.001"):
        with pytest.raises(Invalid):
            give(wrong)
    assert shop.stripe.state.all("refund") == []
    assert give("3") == 3
    assert give(None) == D("7.87")
    shop.tell()
    assert wallet.available(shop.portal.pk) == D("0.0066")
    assert wallet.balance(shop.portal.pk) == D("4.0066")
    with pytest.raises(Invalid):
        give(None)
    assert sorted(one["amount"] for one in shop.stripe.state.all("refund")) == [300, 787]
    assert books_are_right(shop.portal)


def test_a_refund_whose_answer_and_news_were_lost_is_not_made_again(shop: Shop) -> None:  # promises 31, 34
    shop.buy("team")
    paid = InvoiceCopy.objects.get(portal=shop.portal)

    def give() -> None:
        refund.refund_invoice(actor=shop.owner, portal=shop.portal, invoice=paid, amount=D(9), reason="a day")

    shop.stripe.faults = ["drop"]
    with pytest.raises(NoAnswer):
        give()
    shop.stripe.webhooks.take()
    PaymentOperation.objects.update(asked_at=datetime.now(UTC) - timedelta(days=2))
    shop.stripe.state.answers.clear()  # Stripe has forgotten the key
    checkout.finish_open()
    give()
    assert [one["amount"] for one in shop.stripe.state.all("refund")] == [900]
    InvoiceCopy.objects.update(refunded=0)
    reconcile.compare(shop.customer)
    paid.refresh_from_db()
    assert paid.refunded == 900


def test_an_older_answer_about_refunds_does_not_overwrite_a_newer_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # promise 29
    """The first refresh asks, is overtaken by another one after the refund has failed, and comes home late."""
    posting = top_up(shop)
    payment = posting.cause.partition(":")[2]
    refunded_at_stripe(posting, 1000)
    asked = get_payments().refunds_of
    late = asked(payment)

    def slow(_payment: str) -> list[Refund]:
        monkeypatch.setattr(get_payments(), "refunds_of", asked)
        for one in shop.stripe.state.all("refund"):
            one["status"] = "failed"
        refresh.refresh_refunds(shop.customer, payment)
        return late

    monkeypatch.setattr(get_payments(), "refunds_of", slow)
    refresh.refresh_refunds(shop.customer, payment)
    assert wallet.balance(shop.portal.pk) == 25


def test_a_refund_that_fails_later_is_told_by_stripe(shop: Shop) -> None:
    refunded_at_stripe(top_up(shop), 2500)
    shop.tell()
    made = shop.stripe.state.all("refund")[0]
    made["status"] = "failed"
    shop.stripe.state.event("refund.failed", made)
    shop.tell()
    assert wallet.balance(shop.portal.pk) == 25
