"""A plan is bought, made larger, made smaller, ended and taken up again; Stripe and the portal always agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from billing.contracts import Period
from billing.domain import addon, basket, catalogue, change, checkout, memory, promo, wallet
from billing.models import (
    InvoiceCopy,
    PaidSubscription,
    PaymentOperation,
    PromoUse,
    Subscription,
)
from infra.adapters.payments import get_payments, major
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

As = Callable[[User], Client]
BEGAN = datetime(2027, 3, 1, 9, tzinfo=UTC)


def plan(shop: Shop) -> tuple[str, str]:
    found = Subscription.objects.select_related("version__plan").get(portal=shop.portal)
    return found.version.plan.slug, found.period


def people(shop: Shop) -> int | None:
    return memory.entitlements(shop.portal.schema_name).limits["people.seats"]


def test_the_first_purchase_counts_when_stripe_says_so_not_when_somebody_comes_back(
    shop: Shop, as_: As, alice: User
) -> None:
    url = shop.choose("team")
    page = as_(alice).get(f"/billing/paid/?session={url.rsplit('/', 1)[1]}")
    assert "waiting for word" in page.content.decode()  # the address of the page proves nothing
    assert plan(shop) == ("company", "month")

    shop.stripe.complete_checkout(url.rsplit("/", 1)[1])
    shop.tell()

    assert plan(shop) == ("team", "month")
    assert people(shop) == 50
    assert Subscription.objects.get(portal=shop.portal).trial_ends_at is None
    invoice = InvoiceCopy.objects.get(portal=shop.portal)
    assert (invoice.status, invoice.total, invoice.paid, invoice.currency) == ("paid", 5900, 5900, "USD")


def test_a_declined_card_buys_nothing(shop: Shop) -> None:
    assert shop.buy("team", number="4000000000000002") == "Your card was declined."
    assert plan(shop) == ("company", "month")
    assert not PaidSubscription.objects.exists()


def test_two_pages_are_never_paid_both(shop: Shop) -> None:
    first, second = shop.choose("team"), shop.choose("project")
    shop.stripe.complete_checkout(first.rsplit("/", 1)[1])
    shop.stripe.complete_checkout(second.rsplit("/", 1)[1])
    shop.tell()

    assert plan(shop) == ("project", "month")
    assert len(get_payments().subscriptions_of(shop.customer.customer)) == 1


def test_an_upgrade_costs_to_the_cent_what_was_shown(shop: Shop, time_machine: time_machine.TimeMachineFixture) -> None:
    time_machine.move_to(BEGAN, tick=False)
    shop.stripe.advance_to(int(BEGAN.timestamp()))
    shop.buy("project")
    later = BEGAN + timedelta(days=11, seconds=7)
    time_machine.move_to(later, tick=False)
    shop.stripe.advance_to(int(later.timestamp()))

    shown = change.consider(portal=shop.portal, basket=shop.basket("team", people_10=2), currency="USD", at=later)
    assert shop.choose("team", people_10=2) == ""  # paid with the kept card, nowhere to go

    billed = InvoiceCopy.objects.filter(portal=shop.portal).order_by("pk").last()
    assert billed is not None
    assert shown.way is change.Way.NOW
    assert major(billed.paid, "USD") == shown.due
    assert [line["amount"] for line in billed.lines] == [
        line.amount for line in (shown.preview.lines if shown.preview else ())
    ]
    assert plan(shop) == ("team", "month")
    assert people(shop) == 70  # 50 and two packs of ten


def test_the_second_click_changes_nothing(shop: Shop) -> None:
    shop.buy("project")
    basket, at = shop.basket("team"), shop.now()
    shown = change.consider(portal=shop.portal, basket=basket, currency="USD", at=at)

    def click() -> str:
        return change.accept(
            actor=shop.owner, portal=shop.portal, basket=basket, currency="USD", cause="one click",
            return_url="http://acme.portal.localhost/", shown_at=at, shown_due=shown.due,
        )  # fmt: skip

    assert (click(), click()) == ("", "")
    shop.tell()
    assert InvoiceCopy.objects.filter(portal=shop.portal).count() == 2
    assert PaymentOperation.objects.filter(kind="change").count() == 1


def test_a_price_that_moved_is_shown_again_and_charges_nothing(shop: Shop) -> None:
    shop.buy("project")
    with pytest.raises(change.PriceMoved):
        change.accept(
            actor=shop.owner, portal=shop.portal, basket=shop.basket("team"), currency="USD", cause="c",
            return_url="http://acme.portal.localhost/", shown_at=shop.now(), shown_due=Decimal("1.00"),
        )  # fmt: skip
    assert plan(shop) == ("project", "month")
    assert InvoiceCopy.objects.filter(portal=shop.portal).count() == 1


def test_an_upgrade_whose_payment_fails_grants_nothing_until_it_is_paid(shop: Shop) -> None:
    shop.buy("project")
    shop.stripe.set_card(shop.customer.customer, "insufficient_funds")

    page = shop.choose("team")
    shop.tell()

    assert page.startswith(shop.stripe.url + "/invoices/")  # where another card can be given
    assert plan(shop) == ("project", "month")
    assert PaidSubscription.objects.get(portal=shop.portal).pending
    shop.stripe.set_card(shop.customer.customer, "pays")
    invoice = get_payments().subscriptions_of(shop.customer.customer)[0].latest_invoice
    from infra.local.payments import subscriptions

    subscriptions.pay_now(shop.stripe.state, shop.stripe.state.get("invoice", invoice), present=True)
    shop.tell()
    assert plan(shop) == ("team", "month")


def test_a_smaller_plan_begins_when_the_paid_time_ends(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:
    time_machine.move_to(BEGAN, tick=False)
    shop.stripe.advance_to(int(BEGAN.timestamp()))
    shop.buy("team")
    assert shop.choose("project") == ""
    shop.tell()
    assert plan(shop) == ("team", "month")
    planned = PaidSubscription.objects.get(portal=shop.portal).planned
    assert planned is not None

    change.keep_as_is(actor=shop.owner, portal=shop.portal, cause="undo")
    shop.tell()
    assert PaidSubscription.objects.get(portal=shop.portal).planned is None

    shop.choose("project")
    shop.tell()
    shop.pass_time(time_machine, datetime(2027, 4, 1, 9, 0, 1, tzinfo=UTC))
    assert plan(shop) == ("project", "month")
    newest = InvoiceCopy.objects.filter(portal=shop.portal).order_by("pk").last()
    assert newest is not None
    assert newest.total == 2400
    assert PaidSubscription.objects.get(portal=shop.portal).planned is None


def test_a_plan_that_is_ended_goes_on_until_then_and_can_be_taken_back(
    shop: Shop, time_machine: time_machine.TimeMachineFixture
) -> None:
    time_machine.move_to(BEGAN, tick=False)
    shop.stripe.advance_to(int(BEGAN.timestamp()))
    shop.buy("team")
    shop.choose("free")
    shop.tell()
    assert plan(shop) == ("team", "month")
    assert PaidSubscription.objects.get(portal=shop.portal).ends
    change.keep_as_is(actor=shop.owner, portal=shop.portal, cause="undo")
    shop.tell()
    assert not PaidSubscription.objects.get(portal=shop.portal).ends

    shop.choose("free")
    shop.tell()
    shop.pass_time(time_machine, datetime(2027, 4, 1, 9, 0, 1, tzinfo=UTC))
    assert plan(shop) == ("free", "month")
    assert PaidSubscription.objects.get(portal=shop.portal).status == "canceled"
    shop.buy("project")  # and back again
    assert plan(shop) == ("project", "month")


def test_a_year_is_ten_months_and_packs_follow_the_period(shop: Shop) -> None:
    shop.buy("project", Period.YEAR, people_10=1)
    assert InvoiceCopy.objects.get(portal=shop.portal).total == (24 + 12) * 10 * 100
    assert plan(shop) == ("project", "year")
    shown = change.consider(portal=shop.portal, basket=shop.basket("project"), currency="USD")
    assert shown.way is change.Way.LATER  # what was paid for a year is used up first


def test_a_promotion_code_counts_once_a_portal(shop: Shop) -> None:
    code = promo.make_code(
        actor=shop.owner, portal=shop.portal, code="spring-50", percent=Decimal(50), months=2, most=1
    )
    assert promo.discounted(Decimal(59), code, "USD") == Decimal("29.50")
    assert promo.discounted(Decimal("24.99"), code, "USD") == Decimal("12.49")  # 12.495 off is 12.50

    shop.buy("team", code="Spring-50")

    assert InvoiceCopy.objects.get(portal=shop.portal).paid == 2950
    assert PromoUse.objects.get().portal_id == shop.portal.pk
    for other in ("spring-50", "no-such"):
        with pytest.raises(Invalid):
            promo.check(code=other, portal=shop.portal, currency="USD")
    promo.end_code(actor=shop.owner, portal=shop.portal, code=code)
    with pytest.raises(Invalid):
        promo.make_code(actor=shop.owner, portal=shop.portal, code="SPRING-50", percent=Decimal(10))


def test_who_may_not_change_the_plan_pays_for_nothing(shop: Shop, bob: User, as_: As) -> None:
    with pytest.raises(Denied):
        change.accept(
            actor=bob, portal=shop.portal, basket=shop.basket("team"), currency="USD", cause="c",
            return_url="http://acme.portal.localhost/",
        )  # fmt: skip
    assert as_(bob).get("/billing/choose/team/").status_code == 403
    assert as_(bob).get("/billing/payments/").status_code == 403
    assert not PaymentOperation.objects.exists()


@pytest.mark.parametrize(
    ("currency", "month", "cents"), [("JPY", "8900", 8900), ("KWD", "18", 18000), ("KZT", "28900", 2890000)]
)
def test_plans_are_bought_in_currencies_of_any_coins(
    shop: Shop, currency: str, month: str, cents: int
) -> None:  # promise 37
    Portal.objects.filter(pk=shop.portal.pk).update(currency=currency)
    url = change.accept(
        actor=shop.owner, portal=shop.portal, basket=shop.basket("team"), currency=currency, cause="click",
        return_url="http://x/", shown_due=Decimal(month),
    )  # fmt: skip
    shop.stripe.complete_checkout(url.rsplit("/", 1)[1])
    shop.tell()
    paper = InvoiceCopy.objects.get(portal=shop.portal)
    assert (paper.currency, paper.total, paper.paid) == (currency, cents, cents)
    assert paper.total == sum(line["amount"] for line in paper.lines)
    considered = change.consider(portal=shop.portal, basket=shop.basket("company"), currency=currency, at=shop.now())
    assert considered.preview is not None
    assert considered.preview.due == sum(line.amount for line in considered.preview.lines)
    page = checkout.start_top_up(
        actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal(500), return_url="http://x/"
    )
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    shop.tell()
    assert wallet.balance(shop.portal.pk) == Decimal(500)


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "100.5"), ("JPY", "99"), ("KWD", "1.005"), ("USD", "0.99"), ("RUB", "150.001")]
)
def test_a_top_up_is_in_coins_that_a_card_can_be_charged(shop: Shop, currency: str, amount: str) -> None:
    Portal.objects.filter(pk=shop.portal.pk).update(currency=currency)
    with pytest.raises(Invalid):
        checkout.start_top_up(
            actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal(amount), return_url="http://x/"
        )


def test_packs_of_minutes_and_numbers_add_to_the_plan(shop: Shop) -> None:
    shop.buy("team", minutes_500=2, number_1=3)
    limits = memory.entitlements(shop.portal.schema_name).limits
    assert (limits["rating.minutes"], limits["rating.numbers"]) == (1500, 8)


def test_of_two_pages_opened_at_the_same_moment_one_can_be_paid(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two administrators choose within the same second: nobody pays twice for one portal."""
    open_checkout = get_payments().open_checkout

    def slow(**given: Any) -> Any:
        monkeypatch.setattr(get_payments(), "open_checkout", open_checkout)
        shop.choose("project")
        return open_checkout(**given)

    monkeypatch.setattr(get_payments(), "open_checkout", slow)
    with pytest.raises(Conflict):
        shop.choose("team")
    assert [one["status"] for one in shop.stripe.state.all("checkout.session")] == ["expired", "open"]


def test_stripe_knows_every_price_on_sale_and_old_ones_stay(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    team = next(one for one in catalogue.plans_on_sale() if one.plan.slug == "team")
    monkeypatch.setattr(catalogue, "plans_on_sale", lambda: [catalogue.current_version(team.plan)])
    monkeypatch.setattr(addon, "addons_on_sale", list)

    def prices() -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for one in shop.stripe.state.all("price", product="plan-team"):
            found.setdefault((one["currency"], one["recurring"]["interval"]), []).append(one["unit_amount"])
        return found

    basket.sync_prices()
    basket.sync_prices()  # twice is once
    known = prices()
    assert (known["usd", "month"], known["jpy", "year"], known["kwd", "month"]) == ([5900], [89000], [18000])
    assert len(known) == len(team.prices) * 2

    dearer = replace(team.terms, prices={**team.terms.prices, "USD": Decimal("65.50")})
    catalogue.publish_version(actor=SYSTEM, plan=team.plan, terms=dearer)
    basket.sync_prices()
    assert sorted(prices()["usd", "month"]) == [5900, 6550]
