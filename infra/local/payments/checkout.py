"""Checkout sessions: a page that is paid once."""

from __future__ import annotations

from infra.local.payments import intents, invoices, subscriptions
from infra.local.payments.catalogue import redeemable
from infra.local.payments.customers import attach
from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, page

LASTS = 24 * 60 * 60


@route("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create(state: State, given: Thing) -> Thing:
    mode, lines = given.get("mode"), given.get("line_items", [])
    if mode not in ("payment", "subscription"):
        raise Refused("The stand-in takes only mode payment and subscription.", param="mode")
    if not lines or "success_url" not in given:
        raise Refused("line_items and success_url are needed.", param="line_items" if not lines else "success_url")
    customer = state.get("customer", given.get("customer", ""))
    if given.get("tax_id_collection", {}).get("enabled") and given.get("customer_update", {}).get("name") != "auto":
        raise Refused("Tax ID collection requires updating business name: set customer_update[name] to auto.")
    if (mode == "payment" and "subscription_data" in given) or (
        mode == "subscription" and "payment_intent_data" in given
    ):
        raise Refused("These data belong to another mode.")
    kept = [_line(state, one, mode) for one in lines]
    currency = {one["currency"] for one in kept}
    if len(currency) != 1:
        raise Refused("All lines have the same currency.", param="line_items")
    for one in given.get("discounts") or []:
        redeemable(state, one.get("promotion_code", ""))
    total = sum(one["amount"] for one in kept)
    session = state.add(
        "checkout.session",
        amount_subtotal=total,
        amount_total=total,
        cancel_url=given.get("cancel_url"),
        client_reference_id=given.get("client_reference_id"),
        currency=currency.pop(),
        customer=customer["id"],
        expires_at=given.get("expires_at", state.now() + LASTS),
        invoice=None,
        metadata=given.get("metadata") or {},
        mode=mode,
        payment_intent=None,
        payment_status="unpaid",
        status="open",
        subscription=None,
        success_url=given["success_url"],
        request={**given, "lines": kept},
    )
    session["url"] = f"{state.base}/checkout/{session['id']}"
    return session


def _line(state: State, given: Thing, mode: str) -> Thing:
    quantity = given.get("quantity", 1)
    if "price" in given:
        price = state.get("price", given["price"])
        if not price["active"] or (price["recurring"] is None) == (mode == "subscription"):
            raise Refused("The price is inactive or of the wrong kind for this mode.", param="line_items")
        name, amount = state.get("product", price["product"])["name"], price["unit_amount"]
        return {
            "price": price["id"], "name": name, "quantity": quantity, "currency": price["currency"],
            "amount": amount * quantity, "interval": (price["recurring"] or {}).get("interval"),
        }  # fmt: skip
    data = given.get("price_data", {})
    if mode != "payment" or "unit_amount" not in data or "name" not in data.get("product_data", {}):
        raise Refused("price or price_data with unit_amount and product_data[name] is needed.", param="line_items")
    return {
        "price": None, "name": data["product_data"]["name"], "quantity": quantity, "currency": data["currency"],
        "amount": data["unit_amount"] * quantity, "interval": None,
    }  # fmt: skip


@route("GET", "/v1/checkout/sessions/:id", "checkout.SessionRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("checkout.session", key)


@route("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def listing(state: State, given: Thing) -> Thing:
    where = {name: given[name] for name in ("customer", "payment_link", "status") if name in given}
    return page(state.all("checkout.session", **where), given, "/v1/checkout/sessions")


@route("POST", "/v1/checkout/sessions/:id/expire", "checkout.SessionExpireParams")
def expire(state: State, given: Thing, key: str) -> Thing:
    session = state.get("checkout.session", key)
    if session["status"] != "open":
        raise Refused('Only Checkout Sessions with a status in ["open"] can be expired.')
    session |= {"status": "expired", "url": None}
    state.event("checkout.session.expired", session)
    return session


def due(state: State, session: Thing) -> int:
    """What is asked for on the page, discounts taken off."""
    amount = session["amount_subtotal"]
    discounts = []
    for one in session["request"].get("discounts") or []:
        code = state.get("promotion_code", one["promotion_code"])
        discounts.append({"coupon": code["promotion"]["coupon"], "months": 1, "invoices": 0})
    return int(amount - invoices.discounted(state, amount, session["currency"], discounts))


def complete(state: State, session: Thing, method: Thing, *, proven: bool = False) -> str:
    """Pay. "complete", "requires_action" (the person must prove who they are) or the text of the refusal."""
    if session["status"] != "open":
        return "complete"
    customer = state.get("customer", session["customer"])
    intent_data = session["request"].get("payment_intent_data", {})
    trial = intents.new(
        state, customer, max(due(state, session), 1), session["currency"], intent_data.get("metadata", {})
    )
    status = intents.charge(state, trial, method, present=True, proven=proven)
    if status == "requires_action":
        return status
    if status == "requires_payment_method":
        return str(trial["last_payment_error"]["message"])
    if session["mode"] == "subscription":
        _subscribe(state, session, customer, method, trial)
    else:
        session["payment_intent"] = trial["id"]
        if intent_data.get("setup_future_usage"):
            attach(state, customer, method)
    session |= {
        "status": "complete",
        "url": None,
        "amount_total": due(state, session),
        "payment_status": "paid" if status == "succeeded" else "unpaid",
    }
    state.event("checkout.session.completed", session)
    return "complete"


def _subscribe(state: State, session: Thing, customer: Thing, method: Thing, intent: Thing) -> None:
    data = session["request"].get("subscription_data", {})
    attach(state, customer, method)
    customer["currency"] = session["currency"]
    subscription = subscriptions.begin(
        state,
        customer,
        session["request"]["lines"],
        metadata=data.get("metadata", {}),
        promotion_codes=[one["promotion_code"] for one in session["request"].get("discounts") or []],
    )
    subscription["default_payment_method"] = method["id"]
    invoice = subscriptions.bill(state, subscription, "subscription_create")
    session |= {"subscription": subscription["id"], "invoice": invoice["id"]}
    intent["invoice"] = invoice["id"]
    payment = {"type": "payment_intent", "payment_intent": intent["id"]}
    kept = {"object": "invoice_payment", "id": f"inpay_{intent['id'][3:]}", "payment": payment, "status": "open"}
    invoice["payments"]["data"].append({**kept, "amount_requested": invoice["amount_due"], "is_default": True})
    if intent["status"] == "succeeded":
        invoices.settle(state, invoice, intent)
    # a bank debit that is on its way counts: Stripe makes the subscription active meanwhile
    subscriptions.after_payment(state, subscription, invoice, "paid")
