"""Twenty copies of each webhook at once, in every order, delivered and applied by many threads."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from billing.domain import checkout, payment_event
from billing.models import Dispute, Entry, PaymentCustomer, PaymentEvent, Refreshed, StripePrice, Subscription
from infra.db.current import enter
from infra.local.payments.server import StandIn
from tenants.people.models import User
from tests.billing.conftest import Shop
from tests.support import clients


@pytest.mark.commits
def test_twenty_copies_at_once(
    stripe: StandIn, fresh_portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # promise 29
    from billing import jobs

    portal = fresh_portal()
    monkeypatch.setattr(jobs.apply_event, "delay", lambda event_id: None)
    with enter(portal):
        owner = User.objects.select_related("role").get(email__startswith="olivia")
        page = Shop(stripe, portal, owner, clients.on_service()).choose("team")
        top_up = checkout.start_top_up(actor=owner, portal_id=portal.pk, amount=Decimal(25), return_url="http://x/")
    for address, card in ((page, "4242424242424242"), (top_up, "4000000000000259")):  # the second one is disputed
        stripe.complete_checkout(address.rsplit("/", 1)[1], card)
    told = stripe.webhooks.take()
    assert {"checkout.session.completed", "invoice.paid", "payment_intent.succeeded"} <= {one["type"] for one in told}
    copies = [event for event in told for _ in range(20)]
    random.Random(29).shuffle(copies)

    def deliver(event: dict[str, Any]) -> int:
        body, signature = stripe.webhooks.signed(event)
        try:
            answer = Client(HTTP_HOST=clients.on_service().defaults["HTTP_HOST"]).post(
                "/stripe/webhook", body, content_type="application/json", headers={"Stripe-Signature": signature}
            )
            kept = PaymentEvent.objects.get(event=event["id"])
            payment_event.apply(kept.pk)
            return answer.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, copies))

    assert set(answers) == {200}
    assert PaymentEvent.objects.filter(event__in=[event["id"] for event in told]).count() == len(told)
    assert not PaymentEvent.objects.filter(applied_at=None, event__in=[event["id"] for event in told]).exists()
    assert Subscription.objects.get(portal=portal).version.plan.slug == "team"
    moves = Entry.objects.filter(portal_id=portal.pk, account="wallet").order_by("id").values_list("kind", "amount")
    assert list(moves) == [("top_up", Decimal(25)), ("dispute", Decimal(-25))]
    assert Dispute.objects.filter(portal=portal, told=1).count() == 1
    customer = PaymentCustomer.objects.get(portal=portal)
    assert Refreshed.objects.get(portal=portal, about="").ticket <= customer.ticket
    PaymentEvent.objects.filter(event__in=[event["id"] for event in told]).delete()
    StripePrice.objects.all().delete()  # the next test's Stripe knows none of them
