"""What Stripe tells is kept once, applied once, in any order, and what it never told is found at night."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.domain import checkout, payment_event, reconcile, wallet
from billing.models import (
    InvoiceCopy,
    PaidSubscription,
    PaymentDifference,
    PaymentEvent,
    PaymentOperation,
    Subscription,
)
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

pytestmark = pytest.mark.long


def state(portal: Portal) -> tuple[Any, ...]:
    """Everything that events may change."""
    ours = Subscription.objects.select_related("version__plan").get(portal=portal)
    paid = PaidSubscription.objects.filter(portal=portal).values_list("status", "period_end", "ends", "pending").first()
    papers = sorted(InvoiceCopy.objects.filter(portal=portal).values_list("invoice", "status", "paid"))
    money = wallet.balance(portal.pk)
    return ours.version.plan.slug, ours.period, ours.unpaid_since is not None, paid, papers, money


def history(shop: Shop) -> list[dict[str, Any]]:
    """Events of a purchase, an upgrade, a top-up and a cancellation."""
    page = shop.choose("project")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    payment_event.apply_waiting()
    shop.tell()
    shop.choose("team")
    page = checkout.start_top_up(actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal(25), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    shop.choose("free")
    return shop.stripe.webhooks.take()


def test_any_order_and_any_number_give_the_same_end(shop: Shop) -> None:  # promise 29
    told = history(shop)
    for event in told:
        assert shop.post(event) == 200
    payment_event.apply_waiting()
    expected = state(shop.portal)
    assert expected[0] == "team"
    assert expected[5] == Decimal(25)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(told), st.integers(1, 3))
    def replay(events: list[dict[str, Any]], times: int) -> None:
        PaymentEvent.objects.all().delete()
        InvoiceCopy.objects.filter(portal=shop.portal).delete()
        for event in events * times:
            kept = payment_event.receive(body=(signed := shop.stripe.webhooks.signed(event))[0], signature=signed[1])
            if kept is not None:
                payment_event.apply(kept)
        ours = state(shop.portal)
        assert (ours[:4], ours[5]) == (expected[:4], expected[5])
        assert set(ours[4]) <= set(expected[4])
        assert PaymentEvent.objects.count() == len(told)

    replay()


def test_an_event_is_applied_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.buy("team")
    event = PaymentEvent.objects.filter(kind="checkout.session.completed").get()
    assert payment_event.apply(event.pk) is False
    assert (
        payment_event.receive(
            body=(signed := shop.stripe.webhooks.signed(json.loads(event.body)))[0], signature=signed[1]
        )
        is None
    )


@pytest.mark.parametrize("fault", ["tampered", "stale", "future", "live", "unsigned"])
def test_a_bad_webhook_is_refused_and_leaves_nothing(shop: Shop, fault: str) -> None:  # promise 30
    shop.choose("team")
    event = shop.stripe.webhooks.take()[0]
    before = PaymentEvent.objects.count()
    now = int(time.time())
    if fault == "live":
        event = {**event, "livemode": True}
    body, signature = shop.stripe.webhooks.signed(event, {"stale": now - 400, "future": now + 400}.get(fault))
    if fault == "tampered":
        body = body.replace(b"customer", b"custumer")
    answer = shop.service.post(
        "/stripe/webhook",
        body,
        content_type="application/json",
        headers={} if fault == "unsigned" else {"Stripe-Signature": signature},
    )
    assert answer.status_code == 400
    assert PaymentEvent.objects.count() == before
    assert shop.service.get("/stripe/webhook").status_code == 405


def test_the_portal_is_known_by_its_customer_not_by_what_the_event_claims(
    shop: Shop, globex: Portal
) -> None:  # promise 30
    page = shop.choose("team").rsplit("/", 1)[1]
    session = shop.stripe.state.get("checkout.session", page)
    session["metadata"]["portal"] = str(globex.pk)  # somebody meddled with the metadata
    session["request"]["subscription_data"]["metadata"]["portal"] = str(globex.pk)
    shop.stripe.complete_checkout(page)
    shop.tell()

    assert Subscription.objects.get(portal=shop.portal).version.plan.slug == "team"
    assert Subscription.objects.get(portal=globex).version.plan.slug == "company"


def test_lost_webhooks_are_healed_at_night_and_reported(shop: Shop) -> None:  # promise 31
    told = history(shop)
    rng = random.Random(31)
    for event in told:
        if rng.random() > 0.5:  # half of them never arrive
            shop.post(event)
    payment_event.apply_waiting()
    missing = [event for event in told if not PaymentEvent.objects.filter(event=event["id"]).exists()]
    assert missing

    found = reconcile.reconcile()

    assert found >= len(missing)
    assert PaymentEvent.objects.filter(event__in=[event["id"] for event in missing], healed=True).count() == len(
        missing
    )
    assert state(shop.portal)[0] == "team"
    assert wallet.balance(shop.portal.pk) == Decimal(25)
    ours = PaymentEvent.objects.filter(event__in=[event["id"] for event in missing]).exclude(customer="")
    assert PaymentDifference.objects.filter(portal=shop.portal, what="event").count() == ours.count() > 0
    assert {paper.status for paper in InvoiceCopy.objects.filter(portal=shop.portal)} == {"paid"}
    for event in told:
        shop.stripe.webhooks.delivered(event)
    assert reconcile.reconcile() == 0  # nothing is left to find


def test_a_difference_that_no_event_tells_of_is_put_right(shop: Shop) -> None:
    shop.buy("team")
    PaidSubscription.objects.filter(portal=shop.portal).update(status="past_due", ends=True)
    assert reconcile.reconcile() == 2
    assert PaidSubscription.objects.get(portal=shop.portal).status == "active"
    assert set(PaymentDifference.objects.values_list("what", flat=True)) >= {"status", "ends"}


def test_a_top_up_fills_the_wallet_once_and_only_by_the_webhook(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:
    time_machine.move_to(datetime.now(UTC), tick=False)
    page = checkout.start_top_up(
        actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal("30.50"), return_url="http://x/"
    )
    again = checkout.start_top_up(
        actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal("30.50"), return_url="http://x/"
    )
    assert page == again  # the second click opens the same page
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    assert wallet.balance(shop.portal.pk) == 0
    told = shop.stripe.webhooks.take()
    for event in told * 3:
        shop.post(event)
    payment_event.apply_waiting()
    assert wallet.balance(shop.portal.pk) == Decimal("30.50")


def test_a_card_is_charged_once_whatever_is_lost(shop: Shop) -> None:  # promise 34
    shop.buy("team")
    customer = shop.customer.customer
    payments = shop.stripe.state.all("payment_intent", customer=customer)

    shop.stripe.faults = ["drop"]  # Stripe acts, the answer is lost
    assert not checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    assert wallet.balance(shop.portal.pk) == 0
    shop.stripe.advance_to(shop.stripe.state.now() + 2 * 24 * 60 * 60)  # Stripe has forgotten the key
    shop.stripe.state.answers.clear()
    assert checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    assert checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    shop.tell()

    assert wallet.balance(shop.portal.pk) == Decimal(10)
    assert len(shop.stripe.state.all("payment_intent", customer=customer)) == len(payments) + 1


def test_what_became_of_a_charge_without_an_answer_is_found_out(shop: Shop) -> None:  # promise 34
    shop.buy("team")
    shop.stripe.faults = ["drop"]
    checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    PaymentOperation.objects.filter(kind="charge").update(asked_at=datetime.now(UTC) - timedelta(minutes=5))

    assert checkout.finish_open() == 1

    assert wallet.balance(shop.portal.pk) == Decimal(10)
    assert PaymentOperation.objects.get(kind="charge").state == "done"


def test_a_declined_card_is_told_and_another_cause_tries_again(shop: Shop) -> None:
    assert not checkout.charge_saved_card(
        portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:0"
    )  # no card at all
    shop.buy("team")
    shop.stripe.set_card(shop.customer.customer, "insufficient_funds")
    assert not checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    shop.stripe.set_card(shop.customer.customer, "pays")
    assert checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:2")
    assert wallet.balance(shop.portal.pk) == Decimal(10)
