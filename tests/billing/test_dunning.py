"""A payment is missing: the walk through all states of a subscription by a moved clock (promises 36 and 83)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from pypdf import PdfReader

from billing.contracts import Period
from billing.domain import checkout, dunning, memory, too_small
from billing.domain.entitlement import UNPAID_GRACE
from billing.domain.subscription import change_plan
from billing.models import Invoice, PaidSubscription, PaymentCustomer, Posting, Requisites, Subscription
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import LimitReached, ReadOnly
from infra.local.payments import subscriptions
from infra.ui.models import Notification
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

As = Callable[[User], Client]
LEAP = datetime(2028, 1, 31, 22, 30, tzinfo=UTC)  # already February in the zone of half of the customers


def limits(shop: Shop) -> int | None:
    return memory.entitlements(shop.portal.schema_name).limits["people.guests"]


def test_refused_then_grace_then_reading_only_then_paid_then_open(
    shop: Shop, as_: As, alice: User, letters: list[EmailMessage], time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 36
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    shop.buy("team")
    customer = PaymentCustomer.objects.get(portal=shop.portal).customer
    people = User.objects.count()
    letters.clear()

    shop.stripe.set_card(customer, "insufficient_funds")
    refused = datetime(2027, 4, 1, 9, 0, 1, tzinfo=UTC)
    shop.pass_time(time_machine, refused)
    ours = Subscription.objects.get(portal=shop.portal)
    assert PaidSubscription.objects.get(portal=shop.portal).status == "past_due"
    assert ours.unpaid_since == refused
    assert limits(shop) == 100  # nothing has changed
    gates.require_writable()
    assert [letter.to for letter in letters] == [[alice.email]]
    assert "Apr 15" in letters[0].body
    assert "Nothing changes until Apr 15" in as_(alice).get("/billing/").content.decode()

    for days, count in ((6, 1), (7, 2), (13, 3)):
        shop.pass_time(time_machine, refused + timedelta(days=days))
        dunning.remind_all()
        dunning.remind_all()  # a second run writes nothing
        assert len(letters) == count, days
    assert limits(shop) == 100

    shop.pass_time(time_machine, refused + UNPAID_GRACE)
    memory.forget(shop.portal.schema_name)
    assert limits(shop) == 0  # the fallback plan, from the very second
    dunning.remind_all()
    assert len(letters) == 4
    assert "put aside" in letters[-1].subject
    with pytest.raises(ReadOnly) as closed:  # acme has a guest, the free plan none
        gates.require_writable()
    assert closed.value.code == "over_plan"
    with pytest.raises(LimitReached):
        gates.reserve("people.guests")
    assert User.objects.count() == people  # nothing is deleted
    assert as_(alice).get("/people/").status_code == 200
    assert Subscription.objects.get(portal=shop.portal).version.plan.slug == "team"

    shop.stripe.set_card(customer, "pays")
    open_invoice = shop.stripe.state.all("invoice", customer=customer, status="open")[0]
    subscriptions.pay_now(shop.stripe.state, open_invoice, present=True)
    shop.tell()
    assert PaidSubscription.objects.get(portal=shop.portal).status == "active"
    assert Subscription.objects.get(portal=shop.portal).unpaid_since is None
    assert limits(shop) == 100
    gates.require_writable()
    assert "has arrived" in letters[-1].subject


def test_a_subscription_that_stripe_gives_up_falls_to_the_free_plan(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:
    shop.stripe.state.after_retries = "canceled"
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    shop.buy("team", people_10=1)
    shop.stripe.set_card(shop.customer.customer, "card_declined")
    shop.pass_time(time_machine, datetime(2027, 4, 20, 9, tzinfo=UTC))

    ours = Subscription.objects.get(portal=shop.portal)
    assert (ours.version.plan.slug, ours.unpaid_since) == ("free", None)
    assert memory.entitlements(shop.portal.schema_name).limits["people.seats"] == 12
    with enter(shop.portal):
        assert User.objects.filter(is_active=True).count() == 4


def test_months_of_a_leap_year_are_billed_once_each_on_days_that_exist(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 83
    time_machine.move_to(LEAP, tick=False)
    shop.stripe.advance_to(int(LEAP.timestamp()))
    shop.buy("team")
    ends = []
    for _month in range(4):
        end = PaidSubscription.objects.get(portal=shop.portal).period_end
        ends.append((end.month, end.day, end.hour, end.minute))
        shop.pass_time(time_machine, end - timedelta(seconds=1))
        assert PaidSubscription.objects.get(portal=shop.portal).period_end == end
        shop.pass_time(time_machine, end)
    assert ends == [(2, 29, 22, 30), (3, 31, 22, 30), (4, 30, 22, 30), (5, 31, 22, 30)]
    assert len(shop.stripe.state.all("invoice", status="paid")) == 5


def test_a_bank_debit_counts_at_once_and_arrives_later(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:
    from infra.local.payments import checkout as page
    from infra.local.payments import customers

    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    shop.stripe.advance_to(int(began.timestamp()))
    session = shop.stripe.state.get("checkout.session", shop.choose("team").rsplit("/", 1)[1])
    page.complete(shop.stripe.state, session, customers.new_bank(shop.stripe.state))
    shop.tell()
    assert Subscription.objects.get(portal=shop.portal).version.plan.slug == "team"
    shop.pass_time(time_machine, began + timedelta(days=3))
    assert [paper["status"] for paper in shop.stripe.state.all("invoice")] == ["paid"]


def test_a_plan_that_is_too_small_is_written_about_with_dates(
    shop: Shop, letters: list[EmailMessage], time_machine: time_machine.TimeMachineFixture
) -> None:  # promise 36
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)
    time_machine.move_to(began, tick=False)
    free = shop.basket("free").version
    change_plan(actor=SYSTEM, portal=shop.portal, version=free, period=Period.MONTH, reason="test")
    letters.clear()
    for days, count in ((0, 1), (6, 1), (7, 2), (13, 3), (14, 4), (30, 4)):
        time_machine.move_to(began + timedelta(days=days), tick=False)
        User.objects.owners().update(locale="ru" if count == 4 else "en")
        memory.forget(shop.portal.schema_name)
        too_small.remind_all()
        too_small.remind_all()
        assert len(letters) == count, days
    assert "Until Mar 15" in letters[0].body
    assert "Guests: remove 1 of 1" in letters[0].body
    assert "портал можно только читать" in letters[-1].subject
    assert "Гости: убрать 1 из 1" in letters[-1].body
    assert [row.text for row in Notification.objects.order_by("pk")][-2:] == [
        "The plan is too small.",
        "Портал можно только читать, пока он не поместится в тариф.",
    ]
    User.objects.guests().update(is_active=False)
    assert too_small.remind_all() == 0
    memory.forget(shop.portal.schema_name)
    gates.require_writable()


def test_a_top_up_has_its_receipt(shop: Shop, as_: As, alice: User, globex: Portal) -> None:
    page = checkout.start_top_up(actor=alice, portal_id=shop.portal.pk, amount=Decimal(25), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    shop.tell()
    payment = shop.stripe.state.all("payment_intent")[0]["id"]
    posting = Posting.objects.get(cause=f"topup:{payment}")
    browser = as_(alice)
    assert f"/billing/receipts/{payment}/" in browser.get(f"/billing/statement/{posting.pk}/").content.decode()
    assert browser.get(f"/billing/receipts/{payment}/")["Location"] == f"{shop.stripe.url}/receipts/{payment}"
    assert browser.get("/billing/receipts/pi_other/").status_code == 404

    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    Requisites.objects.create(portal=globex, legal_name="Cloud Ltd", country="US", address="1 Main St", vat_rate=20)
    papers = [browser.get(f"/billing/receipts/{payment}/") for _time in range(2)]
    assert [(paper["Content-Type"], paper.content[:5]) for paper in papers] == [("application/pdf", b"%PDF-")] * 2
    paper = Invoice.objects.get(portal_id=shop.portal.pk, purpose=Invoice.Purpose.RECEIPT)
    assert (paper.number, paper.total, paper.vat) == (f"RCT-{posting.at.year}-000001", 25, 0)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers[0].content)).pages)
    assert paper.number in text
    assert "paid by card" in text
    assert "$25.00" in text
    assert paper.number in browser.get("/billing/invoices/").content.decode()
