"""Invoices: made of lines, shown before, finalised, paid, failed, voided."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from infra.local.payments import intents
from infra.local.payments.amounts import rounded
from infra.local.payments.customers import default_method
from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import PREFIXES, State, Thing, page

RETRIES = (3, 5, 7)  # days after a refused payment until the next attempt


def line(
    price: Thing, quantity: int, amount: int, start: int, end: int, text: str, *, proration: bool, item: str | None
) -> Thing:
    """One line; `amount` may be negative (what is given back)."""
    return {
        "object": "line_item",
        "amount": amount,
        "subtotal": amount,
        "currency": price["currency"],
        "description": text,
        "discount_amounts": [],
        "discountable": not proration,
        "livemode": False,
        "metadata": {},
        "period": {"start": start, "end": end},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"subscription_item": item, "proration": proration},
        },
    }


def discounted(state: State, amount: int, currency: str, discounts: Sequence[Thing]) -> int:
    """What the discounts take off `amount`."""
    off = 0
    for discount in discounts:
        coupon = state.get("coupon", discount["coupon"])
        if discount["months"] is not None and discount["invoices"] > 0 and discount["months"] <= discount["invoices"]:
            continue
        if coupon["percent_off"] is not None:
            off += rounded(Fraction(amount - off) * Fraction(str(coupon["percent_off"])) / 100)
        elif coupon["currency"] == currency:
            off += min(coupon["amount_off"], amount - off)
    return off


def draft(
    state: State,
    customer: Thing,
    currency: str,
    lines: Sequence[Thing],
    reason: str,
    *,
    subscription: str | None = None,
    discounts: Sequence[Thing] = (),
) -> Thing:
    """The fields of an invoice over `lines`, with the customer's balance taken in. Nothing is kept of it."""
    subtotal = sum(one["amount"] for one in lines)
    regular = sum(one["amount"] for one in lines if one["discountable"])
    off = discounted(state, regular, currency, discounts) if regular > 0 else 0
    total, balance = subtotal - off, customer["balance"]
    due = max(total + balance, 0)
    now = state.now()
    parent = {"type": "subscription_details", "subscription_details": {"subscription": subscription, "metadata": {}}}
    return {
        "amount_due": due,
        "amount_paid": 0,
        "amount_remaining": due,
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "ending_balance": total + balance - due,
        "lines": {"object": "list", "data": list(lines), "has_more": False, "url": ""},
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "parent": parent if subscription else None,
        "payments": {"object": "list", "data": [], "has_more": False, "url": ""},
        "period_end": max((one["period"]["end"] for one in lines), default=now),
        "period_start": min((one["period"]["start"] for one in lines), default=now),
        "starting_balance": balance,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "paid_at": None,
            "voided_at": None,
            "marked_uncollectible_at": None,
        },
        "subtotal": subtotal,
        "total": total,
        "total_discount_amounts": [{"amount": off, "discount": None}] if off else [],
    }


def issue(state: State, fields: Thing) -> Thing:
    """Keep and finalise an invoice: it has a number, an address and is to be paid."""
    invoice = state.add("invoice", **fields)
    for one in invoice["lines"]["data"]:
        one |= {"id": f"{PREFIXES['line_item']}_{state.next('line'):06}", "invoice": invoice["id"]}
    state.event("invoice.created", invoice)
    customer = state.get("customer", invoice["customer"])
    customer["balance"] = invoice["ending_balance"]
    invoice |= {
        "status": "open",
        "number": f"LOCAL-{state.next('invoice'):04}",
        "hosted_invoice_url": f"{state.base}/invoices/{invoice['id']}",
        "invoice_pdf": f"{state.base}/invoices/{invoice['id']}/pdf",
        "effective_at": state.now(),
    }
    invoice["status_transitions"]["finalized_at"] = state.now()
    state.event("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        _paid(state, invoice)
    return invoice


def collect(state: State, invoice: Thing, method: Thing | None = None, *, present: bool, proven: bool = False) -> str:
    """Try to be paid: "paid", "processing", "requires_action" or "failed"."""
    if invoice["status"] == "paid":
        return "paid"
    customer = state.get("customer", invoice["customer"])
    method = method or default_method(state, customer)
    invoice["attempted"] = True
    if method is None:
        return failed(state, invoice)
    intent = open_intent(state, invoice, customer)
    status = intents.charge(state, intent, method, present=present, proven=proven)
    if status == "succeeded":
        settle(state, invoice, intent)
        return "paid"
    if status == "requires_action":
        state.event("invoice.payment_action_required", invoice)
    return status if status in ("processing", "requires_action") else failed(state, invoice)


def open_intent(state: State, invoice: Thing, customer: Thing) -> Thing:
    """The intent that this invoice is paid with; the same one for every attempt."""
    for payment in invoice["payments"]["data"]:
        return state.get("payment_intent", payment["payment"]["payment_intent"])
    intent = intents.new(state, customer, invoice["amount_due"], invoice["currency"], {})
    intent["invoice"] = invoice["id"]
    payment = {"type": "payment_intent", "payment_intent": intent["id"]}
    kept = {"object": "invoice_payment", "id": f"inpay_{intent['id'][3:]}", "payment": payment, "status": "open"}
    invoice["payments"]["data"].append({**kept, "amount_requested": invoice["amount_due"], "is_default": True})
    return intent


def settle(state: State, invoice: Thing, intent: Thing) -> None:
    """`intent` has paid `invoice`."""
    invoice["payments"]["data"][0] |= {"status": "paid", "amount_paid": intent["amount"]}
    invoice["amount_paid"] = intent["amount"]
    _paid(state, invoice)


def _paid(state: State, invoice: Thing) -> None:
    invoice |= {"status": "paid", "amount_remaining": 0, "next_payment_attempt": None}
    invoice["status_transitions"]["paid_at"] = state.now()
    state.event("invoice.paid", invoice)


def failed(state: State, invoice: Thing) -> str:
    """Count the attempt; after the last one nobody asks again."""
    count = invoice["attempt_count"] = invoice["attempt_count"] + 1
    wait = RETRIES[count - 1] if count <= len(RETRIES) else None
    invoice["next_payment_attempt"] = state.now() + wait * intents.DAY if wait else None
    state.event("invoice.payment_failed", invoice)
    return "failed"


def void(state: State, invoice: Thing) -> None:
    """It is not to be paid any more."""
    customer = state.get("customer", invoice["customer"])
    customer["balance"] += invoice["starting_balance"] - invoice["ending_balance"]
    invoice |= {"status": "void", "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = state.now()
    state.event("invoice.voided", invoice)


def subscription_of(invoice: Thing) -> str | None:
    """The subscription the invoice is for."""
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent else None


@route("GET", "/v1/invoices/:id", "InvoiceRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("invoice", key)


@route("GET", "/v1/invoices", "InvoiceListParams")
def listing(state: State, given: Thing) -> Thing:
    where: dict[str, Any] = {name: given[name] for name in ("customer", "status") if name in given}
    found = state.all("invoice", **where)
    if "subscription" in given:
        found = [one for one in found if subscription_of(one) == given["subscription"]]
    return page(found, given, "/v1/invoices")


def to_be_paid(state: State, key: str) -> Thing:
    """The invoice, if it is open. Raises Refused."""
    invoice = state.get("invoice", key)
    if invoice["status"] != "open":
        raise Refused(f"Invoice is {invoice['status']}, not open.", code="invoice_not_editable")
    return invoice
