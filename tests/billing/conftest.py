"""Buying, in the words of the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from billing.contracts import Period
from billing.domain import addon, catalogue, change, payment_event
from billing.domain.basket import Basket
from billing.models import PaymentCustomer, PaymentEvent
from infra.local.payments.server import StandIn
from tenants.people.models import User
from tenants.portals.models import Portal


@dataclass
class Shop:
    """acme, its owner and Stripe."""

    stripe: StandIn
    portal: Portal
    owner: User
    service: Client
    clicks: int = 0

    def basket(self, plan: str, period: Period = Period.MONTH, **packs: int) -> Basket:
        version = next(one for one in catalogue.plans_on_sale() if one.plan.slug == plan)
        chosen = {addon.addon_by_slug(name.replace("_", "-")): count for name, count in packs.items()}
        return Basket(version=version, period=period, packs=chosen)

    def choose(self, plan: str, period: Period = Period.MONTH, code: str = "", **packs: int) -> str:
        """Look at the plan and click; the address to pay at, "" when it is done."""
        self.clicks += 1
        basket = self.basket(plan, period, **packs)
        shown = change.consider(portal=self.portal, basket=basket, currency="USD", at=self.now())
        return change.accept(
            actor=self.owner, portal=self.portal, basket=basket, currency="USD", cause=f"click {self.clicks}",
            return_url="http://acme.portal.localhost/billing/paid/", code=code,
            shown_at=shown.preview.at if shown.preview else None, shown_due=shown.due,
        )  # fmt: skip

    def buy(self, plan: str, period: Period = Period.MONTH, number: str = "4242424242424242", **more: Any) -> str:
        """Choose, pay at Checkout, and let Stripe tell; what the page said."""
        url = self.choose(plan, period, **more)
        said = self.stripe.complete_checkout(url.rsplit("/", 1)[1], number)
        self.tell()
        return said

    @property
    def customer(self) -> PaymentCustomer:
        return PaymentCustomer.objects.get(portal=self.portal)

    def now(self) -> datetime:
        from datetime import UTC

        return datetime.fromtimestamp(self.stripe.state.now(), UTC)

    def post(self, event: dict[str, Any], at: int | None = None) -> int:
        """The webhook of one event; the status of our answer."""
        body, signature = self.stripe.webhooks.signed(event, at)
        answer = self.service.post(
            "/stripe/webhook", body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        if answer.status_code == 200:
            self.stripe.webhooks.delivered(event)
        return answer.status_code

    def tell(self) -> None:
        """Every webhook that waits, in its order, applied."""
        for event in self.stripe.webhooks.take():
            assert self.post(event) == 200
        payment_event.apply_waiting()
        assert not PaymentEvent.objects.filter(applied_at=None).exists()

    def pass_time(self, clock: time_machine.Coordinates, to: datetime) -> None:
        """Both clocks stand at `to`; what Stripe did meanwhile is told."""
        clock.move_to(to)
        self.stripe.advance_to(int(to.timestamp()))
        self.tell()


@pytest.fixture
def shop(stripe: StandIn, portal: Portal, alice: User, service: Client, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """acme in front of an empty Stripe; events are applied by `tell`, not by a worker."""
    from billing import jobs

    monkeypatch.setattr(jobs.apply_event, "delay", lambda event_id: None)
    monkeypatch.setattr(jobs.refresh_customer, "delay", lambda customer_id: None)
    return Shop(stripe, portal, alice, service)


Told = Callable[[], None]
