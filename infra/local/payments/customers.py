"""Customers, their tax ids and their ways to pay."""

from __future__ import annotations

from typing import Any

from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, merge_metadata, page

# Test numbers as Stripe publishes them: what they do when they are charged.
CARDS = {
    "4242424242424242": ("visa", "pays"),
    "5555555555554444": ("mastercard", "pays"),
    "4000000000000002": ("visa", "card_declined"),
    "4000000000009995": ("visa", "insufficient_funds"),
    "4000000000000341": ("visa", "fails_later"),
    "4000000000000259": ("visa", "disputed"),
    "4000002500003155": ("visa", "asks_once"),
    "4000002760003184": ("visa", "asks_always"),
}
_PLAIN = ("email", "name", "description", "phone", "address", "preferred_locales", "tax_exempt")


@route("POST", "/v1/customers", "CustomerCreateParams")
def create(state: State, given: Thing) -> Thing:
    customer = state.add(
        "customer",
        **{name: given.get(name) for name in _PLAIN},
        balance=0,
        currency=None,
        delinquent=False,
        metadata=given.get("metadata") or {},
        invoice_settings={"default_payment_method": None, **given.get("invoice_settings", {})},
    )
    for one in given.get("tax_id_data", []):
        add_tax_id(state, customer, one)
    state.event("customer.created", customer)
    return customer


@route("GET", "/v1/customers/:id", "CustomerRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("customer", key)


@route("GET", "/v1/customers", "CustomerListParams")
def listing(state: State, given: Thing) -> Thing:
    where = {"email": given["email"]} if "email" in given else {}
    return page(state.all("customer", **where), given, "/v1/customers")


@route("POST", "/v1/customers/:id", "CustomerUpdateParams")
def update(state: State, given: Thing, key: str) -> Thing:
    customer = state.get("customer", key)
    customer |= {name: given[name] for name in _PLAIN if name in given}
    merge_metadata(customer, given)
    if method := given.get("invoice_settings", {}).get("default_payment_method"):
        customer["invoice_settings"]["default_payment_method"] = state.get("payment_method", method)["id"]
    state.event("customer.updated", customer)
    return customer


@route("POST", "/v1/customers/:id/tax_ids", "CustomerTaxIdCreateParams")
def create_tax_id(state: State, given: Thing, key: str) -> Thing:
    return add_tax_id(state, state.get("customer", key), given)


def add_tax_id(state: State, customer: Thing, given: Thing) -> Thing:
    """Also from Checkout. Raises Refused for a number that cannot be one."""
    if not 5 <= len(given["value"]) <= 30 or not any(letter.isdigit() for letter in given["value"]):
        raise Refused("Invalid value for " + given["type"] + ".", code="tax_id_invalid", param="value")
    made = state.add(
        "tax_id",
        customer=customer["id"],
        type=given["type"],
        value=given["value"],
        verification={"status": "pending", "verified_address": None, "verified_name": None},
    )
    state.event("customer.tax_id.created", made)
    return made


@route("GET", "/v1/customers/:id/tax_ids", "CustomerTaxIdListParams")
def tax_ids(state: State, given: Thing, key: str) -> Thing:
    return page(state.all("tax_id", customer=state.get("customer", key)["id"]), given, f"/v1/customers/{key}/tax_ids")


@route("DELETE", "/v1/customers/:id/tax_ids/:tax", "CustomerTaxIdDeleteParams")
def delete_tax_id(state: State, given: Thing, key: str, tax: str) -> Thing:
    gone = state.get("tax_id", tax)
    del state.objects["tax_id"][tax]
    state.event("customer.tax_id.deleted", gone)
    return {"id": tax, "object": "tax_id", "deleted": True}


@route("GET", "/v1/customers/:id/payment_methods", "CustomerPaymentMethodListParams")
def methods(state: State, given: Thing, key: str) -> Thing:
    where = {"type": given["type"]} if "type" in given else {}
    found = state.all("payment_method", customer=state.get("customer", key)["id"], **where)
    return page(found, given, f"/v1/customers/{key}/payment_methods")


def new_card(state: State, number: str, **more: Any) -> Thing:
    """A way to pay by card; of the number only its ends are kept. Raises Refused for none of the test numbers."""
    digits = "".join(letter for letter in number if letter.isdigit())
    if digits not in CARDS:
        raise Refused(
            "Your card number is not one of the test cards.", status=402, kind="card_error", code="card_declined"
        )
    brand, behaviour = CARDS[digits]
    card = {"brand": brand, "last4": digits[-4:], "exp_month": 12, "exp_year": 2040, "country": "US"}
    return state.add("payment_method", type="card", card=card, customer=None, behaviour=behaviour, **more)


def new_bank(state: State) -> Thing:
    """A debit from a bank account: it takes days until it is known whether it worked."""
    debit = {"last4": "3201", "country": "AT", "bank_code": "19043"}
    return state.add("payment_method", type="sepa_debit", sepa_debit=debit, customer=None, behaviour="takes_days")


def attach(state: State, customer: Thing, method: Thing) -> None:
    """The customer's own from now on, and what subscriptions are paid with."""
    method["customer"] = customer["id"]
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    state.event("payment_method.attached", method)
    state.event("customer.updated", customer)


def default_method(state: State, customer: Thing) -> Thing | None:
    """What the customer pays with, None where nothing is kept."""
    key = customer["invoice_settings"]["default_payment_method"]
    return state.get("payment_method", key) if key else None
