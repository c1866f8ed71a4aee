"""The adapter against the stand-in, over HTTP and through the official client."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import InvalidRequestError, StripeClient, WebhookSignature

from infra.adapters.payments import (
    BadWebhook,
    Declined,
    Item,
    Misunderstood,
    NoAnswer,
    Payments,
    StripeAway,
    StripeSubscription,
    get_payments,
    major,
    minor,
)
from infra.local.payments.amounts import after, share
from infra.local.payments.names import KEY, SECRET
from infra.local.payments.server import StandIn

Shop = Callable[..., "tuple[Payments, str, dict[str, str]]"]


@pytest.fixture
def shop(stripe: StandIn) -> tuple[Payments, str, dict[str, str]]:
    """The adapter, a customer, and prices by name."""
    payments = get_payments()
    customer = payments.create_customer(key="c1", name="Acme", email="a@acme.example", metadata={"portal": "1"})
    prices = {}
    for name, amount, interval in (("small", 2400, "month"), ("large", 5900, "month"), ("year", 59000, "year")):
        payments.ensure_product(product=f"plan-{name}", name=name, metadata={})
        prices[name] = payments.ensure_price(
            lookup=name, product=f"plan-{name}", currency="USD", amount=amount, interval=interval, metadata={}
        )
    return payments, customer, prices


def bought(stripe: StandIn, shop: tuple[Payments, str, dict[str, str]], name: str = "small") -> StripeSubscription:
    payments, customer, prices = shop
    page = payments.open_checkout(
        key=f"p-{name}-{time.time_ns()}",
        customer=customer,
        items=[Item(price=prices[name])],
        success_url="http://127.0.0.1/done",
        cancel_url="http://127.0.0.1/back",
        metadata={"portal": "1"},
    )
    assert stripe.complete_checkout(page.id) == "complete"
    return payments.subscriptions_of(customer)[0]


def at(stripe: StandIn, moment: datetime) -> datetime:
    stripe.advance_to(int(moment.timestamp()))
    return moment


@pytest.mark.parametrize(
    ("given_", "param"),
    [
        ({"line_item": "x"}, "line_item"),
        ({"line_items": [{"pric": "x"}]}, "line_items[0][pric]"),
        ({"mode": "gift"}, "mode"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_what_stripe_does_not_know_is_refused(stripe: StandIn, given_: dict[str, object], param: str) -> None:
    client = StripeClient(KEY, base_addresses={"api": stripe.url})
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(given_)
    assert refused.value.param == param
    with pytest.raises(InvalidRequestError, match="event_name"):
        client.v1.billing.meter_events.create({"payload": {"value": "1"}})


def test_the_shown_price_is_the_billed_one_to_the_cent(
    stripe: StandIn, shop: tuple[Payments, str, dict[str, str]]
) -> None:
    payments, _customer, prices = shop
    began = at(stripe, datetime(2027, 1, 31, 12, tzinfo=UTC))
    subscription = bought(stripe, shop)
    assert subscription.period_end == datetime(2027, 2, 28, 12, tzinfo=UTC)
    chosen = at(stripe, began + timedelta(days=9, seconds=17))
    wanted = [Item(price=prices["large"])]

    shown = payments.preview_change(subscription=subscription, items=wanted, at=chosen)
    at(stripe, chosen + timedelta(minutes=10))
    changed = payments.change_now(key="u1", subscription=subscription, items=wanted, at=chosen)

    billed = payments.invoice(changed.latest_invoice)
    part = (subscription.period_end - chosen) / (subscription.period_end - subscription.period_start)
    assert [line.amount for line in shown.lines] == [-round(2400 * part), round(5900 * part)]
    assert (billed.total, billed.paid, billed.status) == (shown.due, shown.due, "paid")
    assert [line.amount for line in billed.lines] == [line.amount for line in shown.lines]
    assert [item.price for item in changed.items] == [prices["large"]]


def test_an_upgrade_that_is_not_paid_grants_nothing(
    stripe: StandIn, shop: tuple[Payments, str, dict[str, str]]
) -> None:
    payments, customer, prices = shop
    subscription = bought(stripe, shop)
    stripe.set_card(customer, "insufficient_funds")

    tried = payments.change_now(
        key="u1", subscription=subscription, items=[Item(price=prices["large"])], at=datetime.now(UTC)
    )

    assert tried.pending
    assert [item.price for item in tried.items] == [prices["small"]]


def test_a_change_for_the_end_of_the_period_and_its_undoing(
    stripe: StandIn, shop: tuple[Payments, str, dict[str, str]]
) -> None:
    payments, customer, prices = shop
    subscription = bought(stripe, shop, "large")
    key = payments.plan_change(
        key="d1", subscription=subscription, items=[Item(price=prices["small"])], interval="month"
    )
    planned = payments.planned_change(key)
    assert planned is not None
    assert [item.price for item in planned.items] == [prices["small"]]
    with pytest.raises(Misunderstood):
        payments.set_ending(key="x", subscription=subscription.id, ends=True)  # the schedule rules

    payments.drop_planned(key="d2", schedule=key)
    assert payments.planned_change(key) is None
    payments.set_ending(key="e1", subscription=subscription.id, ends=True)
    assert not payments.set_ending(key="e2", subscription=subscription.id, ends=False).cancel_at_period_end

    payments.plan_change(
        key="d3",
        subscription=payments.subscriptions_of(customer)[0],
        items=[Item(price=prices["small"])],
        interval="month",
    )
    at(stripe, subscription.period_end + timedelta(seconds=1))
    after_ = payments.subscriptions_of(customer)[0]
    assert ([item.price for item in after_.items], after_.schedule) == ([prices["small"]], "")
    assert payments.invoices_of(customer)[0].total == 2400


def test_a_key_acts_once_even_when_the_answer_is_lost(
    stripe: StandIn, shop: tuple[Payments, str, dict[str, str]]
) -> None:  # promise 34
    payments, customer, _prices = shop
    bought(stripe, shop)
    method = payments.saved_methods(customer)[0]
    charge = {
        "customer": customer, "method": method, "amount": 700, "currency": "USD", "title": "Top-up", "metadata": {},
    }  # fmt: skip
    began = len(payments.payments_since(customer, datetime.now(UTC) - timedelta(days=1)))
    stripe.faults = ["drop"]
    with pytest.raises(NoAnswer):
        payments.charge(key="k1", **charge)
    stripe.faults = ["refuse"]
    with pytest.raises(StripeAway):
        payments.charge(key="k1", **charge)

    assert payments.charge(key="k1", **charge).received == 700

    assert len(payments.payments_since(customer, datetime.now(UTC) - timedelta(days=1))) == began + 1
    with pytest.raises(Misunderstood):
        payments.charge(key="k1", **{**charge, "amount": 800})
    stripe.set_card(customer, "card_declined")
    with pytest.raises(Declined) as declined:
        payments.charge(key="k2", **charge)
    assert declined.value.extra["decline"] == "card_declined"


def test_only_stripes_own_fresh_letters_of_our_mode_are_read(stripe: StandIn) -> None:  # promise 30
    payments = get_payments()
    payments.create_customer(key="c", name="Acme", email="", metadata={})
    event = stripe.webhooks.take()[0]
    body, signature = stripe.webhooks.signed(event)
    assert payments.read_webhook(body, signature).kind == "customer.created"

    now = int(time.time())
    live = {**event, "livemode": True}
    for bad_body, bad_signature in (
        (body.replace(b"Acme", b"Acne"), signature),
        (body, ""),
        (body, WebhookSignature.generate_signature_header(body.decode(), "whsec_other")),
        stripe.webhooks.signed(event, now - 301),
        stripe.webhooks.signed(event, now + 400),
        stripe.webhooks.signed(live),
        (b"{}", WebhookSignature.generate_signature_header("{}", SECRET)),
        (b"\xff", signature),
    ):
        with pytest.raises(BadWebhook):
            payments.read_webhook(bad_body, bad_signature)


@given(st.integers(0, 10**9), st.integers(1, 10**8), st.integers(0, 10**8))
def test_what_is_used_and_what_is_left_make_the_whole(price: int, length: int, used: int) -> None:
    left = share(price, min(used, length), 0, length)
    assert 0 <= left <= price
    assert share(price, 0, 0, length) == price
    assert share(price, length, 0, length) == 0


@given(st.decimals(0, 10**7, places=2), st.sampled_from(["USD", "RUB", "JPY", "KWD"]))
def test_minor_units_go_there_and_back(amount: Decimal, currency: str) -> None:
    there = minor(amount, currency)
    assert minor(major(there, currency), currency) == there
    step = {"JPY": Decimal(1), "KWD": Decimal("0.01")}.get(currency, Decimal("0.01"))
    assert abs(major(there, currency) - amount) <= step / 2


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "expected"),
    [
        ((2028, 1, 31), "month", 1, (2028, 2, 29)),
        ((2028, 1, 31), "month", 2, (2028, 3, 31)),
        ((2028, 2, 29), "year", 1, (2029, 2, 28)),
        ((2028, 2, 29), "year", 4, (2032, 2, 29)),
        ((2027, 12, 31), "month", 2, (2028, 2, 29)),
    ],
)
def test_periods_end_on_days_that_exist(
    anchor: tuple[int, int, int], interval: str, count: int, expected: tuple[int, int, int]
) -> None:  # promise 83
    began = int(datetime(*anchor, 12, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(after(began, interval, count), UTC) == datetime(*expected, 12, tzinfo=UTC)
