"""Packs bought by a program: the page's verbs, rights and prices, once a key."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.test import Client

from billing.domain import addon, wallet
from billing.models import BoughtAddOn, Entry
from billing.rating.models import Bundle
from tenants.people.models import User
from tests.billing.conftest import Shop

D = Decimal
Api = Callable[..., Client]
PACKS = "/api/v1/billing/packs"
MINUTES = "/api/v1/minute-packs"


def post(client: Client, path: str, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, body, content_type="application/json", headers=headers)


def test_minutes_are_bought_once_a_key(shop: Shop, api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    offer = next(one for one in client.get(MINUTES).json()["results"] if one["minutes"] == 300)
    assert (offer["price"], offer["currency"], offer["days"]) == ("3.800000", "USD", 90)
    wanted = {"pack": offer["id"], "price": "3.80"}
    assert post(client, f"{MINUTES}/buy", wanted, "a").status_code == 402
    wallet.top_up(portal_id=shop.portal.pk, amount=D(10), currency="USD", cause="topup:x")
    assert post(client, f"{MINUTES}/buy", wanted).json()["code"] == "key_needed"
    assert post(client, f"{MINUTES}/buy", {**wanted, "price": "3.79"}, "a").status_code == 409
    assert post(api(bob), f"{MINUTES}/buy", wanted, "a").status_code == 403

    answers = [post(client, f"{MINUTES}/buy", wanted, "a") for _ in range(3)]

    assert [one.status_code for one in answers] == [201, 201, 201]
    assert len({one.json()["id"] for one in answers}) == 1
    assert answers[0].json()["seconds"] == 18_000
    assert wallet.balance(shop.portal.pk) == D("6.2")
    post(client, f"{MINUTES}/buy", wanted, "b")
    assert Bundle.objects.filter(portal=shop.portal, cause__startswith="pack:").count() == 2


def test_packs_of_the_plan_cost_what_was_shown_and_are_bought_once(shop: Shop, api: Api, alice: User) -> None:
    shop.buy("team")
    client = api(alice)
    on_sale = {one["slug"]: one for one in client.get(PACKS).json()["results"]}
    assert on_sale["people-10"]["gives"] == {"people.seats": 10}
    assert on_sale["people-10"]["count"] == 0

    shown = post(client, f"{PACKS}/consider", {"packs": {"people-10": 2}}).json()
    assert (shown["way"], shown["currency"]) == ("now", "USD")
    assert D(shown["due"]) == sum(D(line["amount"]) for line in shown["lines"]) > 0
    charged = len(shop.stripe.state.all("payment_intent"))
    answers = [post(client, f"{PACKS}/choose", {"token": shown["token"]}, "k") for _ in range(2)]

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"pay_at": None})] * 2
    assert len(shop.stripe.state.all("payment_intent")) == charged + 1
    last = shop.stripe.state.all("payment_intent")[0]
    assert D(last["amount"]) / 100 == D(shown["due"])
    assert BoughtAddOn.objects.get(portal=shop.portal).quantity == 2
    assert not Entry.objects.filter(portal_id=shop.portal.pk).exists()  # nothing of it is the wallet's

    other = post(client, f"{PACKS}/consider", {"packs": {"people-10": 3}}).json()
    assert post(client, f"{PACKS}/choose", {"token": other["token"]}, "k").json()["code"] == "idempotency_key_reused"
    fewer = post(client, f"{PACKS}/consider", {"packs": {"people-10": 0}}).json()
    assert (fewer["way"], D(fewer["due"])) == ("later", 0)


def test_a_pack_that_would_add_nothing_is_not_sold(
    shop: Shop, api: Api, as_: Callable[[User], Client], alice: User
) -> None:
    client, asked = api(alice), {"plan": "company", "packs": {"people-10": 1}}
    answer = post(client, f"{PACKS}/consider", asked)
    assert (answer.status_code, "without limit" in answer.content.decode()) == (400, True)
    shop.buy("team", people_10=2)
    shown = post(client, f"{PACKS}/consider", {"plan": "company", "packs": {}}).json()
    assert (shown["way"], D(shown["price"])) == ("now", D(119))  # the packs are not paid on
    page = as_(alice).get("/billing/choose/company/").content.decode()
    assert "pack.people-10" not in page
    assert "pack.disk-50" in page


def test_what_cannot_be_chosen_says_why(shop: Shop, api: Api, alice: User, bob: User) -> None:
    client, pack = api(alice), addon.addon_by_slug("people-10").addon.slug
    assert post(api(bob), f"{PACKS}/consider", {"packs": {pack: 1}}).status_code == 403
    assert post(client, f"{PACKS}/consider", {"plan": "none", "packs": {}}).status_code == 404
    for wrong in ({pack: -1}, {pack: 101}, {pack: "x"}, {"nothing": 1}, None):
        assert post(client, f"{PACKS}/consider", {"plan": "team", "packs": wrong}).status_code == 400, wrong
    shown = post(client, f"{PACKS}/consider", {"plan": "team", "packs": {pack: 1}}).json()
    assert shown["way"] == "buy"
    assert post(client, f"{PACKS}/choose", {"token": shown["token"]}).json()["code"] == "key_needed"
    assert post(client, f"{PACKS}/choose", {"token": shown["token"] + "x"}, "k").json()["code"] == "price_moved"
    pages = {post(client, f"{PACKS}/choose", {"token": shown["token"]}, "k").json()["pay_at"] for _ in range(2)}
    assert pages == {shop.stripe.state.all("checkout.session")[0]["url"]}
    batch = {"operations": [{"method": "POST", "path": "/billing/packs/choose", "body": {"token": "x"}}]}
    assert "not_in_batch" in post(client, "/api/v1/batch", batch, "b").content.decode()
