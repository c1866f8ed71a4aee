"""Payment intents and refunds: money that moves, is refused, waits for the person, or takes days."""

from __future__ import annotations

from infra.local.payments import disputes
from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, merge_metadata, page

DAY = 24 * 60 * 60
BANK_TAKES = 2 * DAY
_REASONS = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "fails_later": "Your card was declined.",
}


@route("POST", "/v1/payment_intents", "PaymentIntentCreateParams")
def create(state: State, given: Thing) -> Thing:
    customer = state.get("customer", given["customer"]) if "customer" in given else None
    method = state.get("payment_method", given["payment_method"]) if "payment_method" in given else None
    if given["amount"] < 1:
        raise Refused("This value must be greater than or equal to 1.", param="amount")
    if method is not None and customer is not None and method["customer"] != customer["id"]:
        raise Refused("The payment method does not belong to the customer.", param="payment_method")
    intent = new(state, customer, given["amount"], given["currency"], given.get("metadata") or {})
    if given.get("confirm"):
        if method is None:
            raise Refused("You cannot confirm this PaymentIntent because it's missing a payment method.")
        charge(state, intent, method, present=not given.get("off_session"))
        if error := intent["last_payment_error"]:
            details = {name: error[name] for name in ("code", "decline_code") if name in error}
            raise Refused(error["message"], status=402, kind="card_error", payment_intent=dict(intent), **details)
    return intent


@route("GET", "/v1/payment_intents/:id", "PaymentIntentRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("payment_intent", key)


@route("GET", "/v1/payment_intents", "PaymentIntentListParams")
def listing(state: State, given: Thing) -> Thing:
    where = {"customer": given["customer"]} if "customer" in given else {}
    return page(state.all("payment_intent", **where), given, "/v1/payment_intents")


@route("POST", "/v1/payment_intents/:id", "PaymentIntentUpdateParams")
def update(state: State, given: Thing, key: str) -> Thing:
    intent = state.get("payment_intent", key)
    merge_metadata(intent, given)
    return intent


def new(state: State, customer: Thing | None, amount: int, currency: str, metadata: Thing) -> Thing:
    """An intent that nobody has tried to pay."""
    return state.add(
        "payment_intent",
        amount=amount,
        amount_received=0,
        currency=currency,
        customer=customer["id"] if customer else None,
        invoice=None,
        last_payment_error=None,
        latest_charge=None,
        metadata=metadata,
        payment_method=None,
        settles_at=None,
        status="requires_payment_method",
    )


def charge(state: State, intent: Thing, method: Thing, *, present: bool, proven: bool = False) -> str:
    """Try to take the money; the intent's new status. `present`: the person is there; `proven`: and has shown who."""
    intent["payment_method"], behaviour = method["id"], method["behaviour"]
    intent["last_payment_error"] = None
    asks = behaviour == "asks_always" or (behaviour == "asks_once" and not method.get("set_up"))
    if behaviour in _REASONS:
        _refuse(state, intent, behaviour if behaviour != "fails_later" else "card_declined", _REASONS[behaviour])
    elif asks and not proven:
        if present:
            intent["status"] = "requires_action"
            state.event("payment_intent.requires_action", intent)
        else:
            _refuse(state, intent, "authentication_required", "Your card was declined: it wants authentication.")
    elif behaviour == "takes_days":
        intent["status"], intent["settles_at"] = "processing", state.now() + BANK_TAKES
        state.event("payment_intent.processing", intent)
    else:
        method["set_up"] = True
        succeed(state, intent)
        if behaviour == "disputed":
            disputes.open_dispute(state, intent)
    return str(intent["status"])


def succeed(state: State, intent: Thing) -> None:
    """The money is there."""
    paid = state.add(
        "charge",
        amount=intent["amount"],
        amount_refunded=0,
        currency=intent["currency"],
        customer=intent["customer"],
        disputed=False,
        payment_intent=intent["id"],
        receipt_url=f"{state.base}/receipts/{intent['id']}",
        refunded=False,
        status="succeeded",
    )
    done = {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": paid["id"], "settles_at": None}
    intent |= done
    state.event("charge.succeeded", paid)
    state.event("payment_intent.succeeded", intent)


def _refuse(state: State, intent: Thing, code: str, message: str) -> None:
    declined = code if code == "authentication_required" else "card_declined"
    intent["status"] = "requires_payment_method"
    intent["last_payment_error"] = {"type": "card_error", "code": declined, "decline_code": code, "message": message}
    state.event("payment_intent.payment_failed", intent)


@route("POST", "/v1/refunds", "RefundCreateParams")
def refund(state: State, given: Thing) -> Thing:
    intent = state.get("payment_intent", given.get("payment_intent", ""))
    if intent["status"] != "succeeded":
        raise Refused("This PaymentIntent does not have a successful charge to refund.")
    paid = state.get("charge", intent["latest_charge"])
    if paid["disputed"]:
        raise Refused(f"Charge {paid['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = given.get("amount", paid["amount"] - paid["amount_refunded"])
    if amount < 1 or amount > paid["amount"] - paid["amount_refunded"]:
        raise Refused(
            "Refund amount is greater than unrefunded amount on charge.", code="charge_already_refunded", param="amount"
        )
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount"]
    made = state.add(
        "refund",
        amount=amount,
        charge=paid["id"],
        currency=paid["currency"],
        metadata=given.get("metadata") or {},
        payment_intent=intent["id"],
        reason=given.get("reason"),
        status="succeeded",
    )
    state.event("charge.refunded", paid)
    state.event("refund.created", made)
    return made


@route("GET", "/v1/refunds", "RefundListParams")
def refunds(state: State, given: Thing) -> Thing:
    where = {"payment_intent": given["payment_intent"]} if "payment_intent" in given else {}
    return page(state.all("refund", **where), given, "/v1/refunds")
