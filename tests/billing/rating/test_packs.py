"""Minutes bought once from the wallet: paid once, gone after their days, explained on the statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from billing.domain import addon, invoice, ledger_check, wallet
from billing.models import AddOnVersion, Entry, Kind, Posting
from billing.rating.domain import bundles, packs
from billing.rating.models import Bundle
from infra.kit.errors import Conflict
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.operator import Console

As = Callable[[User], Client]
D = Decimal
CLICK = "0123456789abcdef"


def fill(portal: Portal, amount: str = "10") -> None:
    wallet.top_up(portal_id=portal.pk, amount=D(amount), currency="USD", cause=f"topup:{portal.pk}")


def once() -> AddOnVersion:
    return next(one for one in addon.addons_on_sale(once=True) if one.addon.slug == "minutes-300-once")


def buy(browser: Client, version: int, click: str = CLICK) -> int:
    return browser.post("/billing/calls/buy", {"pack": str(version), "click": click}).status_code


def test_a_pack_is_paid_once_and_serves_until_its_end(as_: As, portal: Portal, alice: User) -> None:  # promise 33
    fill(portal)
    browser, version = as_(alice), once()
    assert "Buy for $3.80" in browser.get("/billing/calls/").content.decode()
    before = datetime.now(UTC)

    assert [buy(browser, version.pk) for _click in range(3)] == [302, 302, 302]

    bundle = Bundle.objects.get(portal=portal, cause__startswith="pack:")
    assert (bundle.seconds, bundle.destinations) == (300 * 60, ["home"])
    assert bundle.expires_at is not None
    assert timedelta(days=90) <= bundle.expires_at - before < timedelta(days=90, minutes=5)
    assert wallet.balance(portal.pk) == D("6.2")
    home = bundles.Target(number="12125550100", group="", home=True)
    assert bundles.serves(bundle.destinations, home)
    assert bundle in bundles.counting(portal.pk, bundle.expires_at - timedelta(seconds=1))
    assert bundle not in bundles.counting(portal.pk, bundle.expires_at)
    assert ledger_check.differences() == []


def test_its_line_opens_it_and_the_month_s_invoice_names_it(as_: As, portal: Portal, alice: User) -> None:
    fill(portal)
    browser = as_(alice)
    buy(browser, once().pk)
    posting = Posting.objects.get(portal_id=portal.pk, kind=Kind.PACK)
    bundle = Bundle.objects.get(portal=portal, cause=posting.cause)
    assert f"/billing/calls/packs/{bundle.pk}/" in browser.get(f"/billing/statement/{posting.pk}/").content.decode()
    assert "300 minutes" in browser.get(f"/billing/calls/packs/{bundle.pk}/").content.decode()
    assert Kind.PACK in invoice.FROM_WALLET


def test_nothing_is_bought_without_money_right_or_a_price(as_: As, portal: Portal, alice: User, bob: User) -> None:
    fill(portal, "3.79")
    version = once()
    assert buy(as_(alice), version.pk) == 402
    assert buy(as_(bob), version.pk) == 403
    assert buy(as_(alice), version.pk, click="x") == 400
    monthly = addon.addon_by_slug("minutes-500")
    assert buy(as_(alice), monthly.pk) == 409
    assert not Bundle.objects.filter(portal=portal, cause__startswith="pack:").exists()
    assert Entry.objects.filter(portal_id=portal.pk).count() == 2


def test_a_price_that_moved_is_not_charged(portal: Portal, alice: User) -> None:
    fill(portal)
    version = once()
    terms = addon.terms_of(version)
    dearer = addon.AddOnTerms(
        titles=terms.titles, prices={**terms.prices, "USD": D(9)}, year_months=10, gives=terms.gives, days=terms.days
    )
    addon.publish_addon(actor=Console(), slug="minutes-300-once", terms=dearer)
    with pytest.raises(Conflict):
        packs.buy_pack(actor=alice, version_id=version.pk, click=CLICK)
    assert wallet.balance(portal.pk) == 10


def test_packs_bought_once_are_no_part_of_a_plan(as_: As, portal: Portal, alice: User) -> None:
    assert {one.addon.slug for one in addon.addons_on_sale()}.isdisjoint({"minutes-300-once", "minutes-1000-once"})
    page = as_(alice).get("/billing/choose/team/").content.decode()
    assert "minutes-500" in page
    assert "minutes-300-once" not in page
