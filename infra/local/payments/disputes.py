"""Disputes: the payer's bank takes a payment back, and decides later."""

from __future__ import annotations

from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, page

DAY = 24 * 60 * 60
ANSWER_WITHIN = 10 * DAY
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


@route("GET", "/v1/disputes", "DisputeListParams")
def listing(state: State, given: Thing) -> Thing:
    where = {name: given[name] for name in ("payment_intent", "charge") if name in given}
    return page(state.all("dispute", **where), given, "/v1/disputes")


@route("GET", "/v1/disputes/:id", "DisputeRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("dispute", key)


@route("POST", "/v1/disputes/:id/close", "DisputeCloseParams")
def close(state: State, given: Thing, key: str) -> Thing:
    return decide(state, state.get("dispute", key), "lost")


def open_dispute(
    state: State, intent: Thing, *, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
) -> Thing:
    """The bank questions a payment. An `inquiry` moves no money yet. Raises Refused for what was not paid."""
    if intent["status"] != "succeeded":
        raise Refused("This PaymentIntent has no successful charge.")
    paid = state.get("charge", intent["latest_charge"])
    left = paid["amount"] - paid["amount_refunded"]
    if paid["disputed"] or left < 1:
        raise Refused("This charge is disputed or given back already.", code="charge_disputed")
    made = state.add(
        "dispute",
        amount=left if amount is None else amount,
        balance_transactions=[],
        charge=paid["id"],
        currency=paid["currency"],
        evidence_details={"due_by": state.now() + ANSWER_WITHIN, "has_evidence": False, "submission_count": 0},
        is_charge_refundable=inquiry,
        metadata={},
        payment_intent=intent["id"],
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )
    paid["disputed"] = not inquiry
    state.event("charge.dispute.created", made)
    if not inquiry:
        _move(state, made, -made["amount"], "charge.dispute.funds_withdrawn")
    return made


def decide(state: State, dispute: Thing, status: str) -> Thing:
    """The bank has decided: won, lost, or warning_closed for an inquiry. Raises Refused where it had before."""
    if dispute["status"] not in OPEN or status not in ("won", "lost", "warning_closed"):
        raise Refused("This dispute is already closed.")
    dispute["status"] = status
    state.event("charge.dispute.closed", dispute)
    if status == "won":
        _move(state, dispute, dispute["amount"], "charge.dispute.funds_reinstated")
    return dispute


def _move(state: State, dispute: Thing, amount: int, told: str) -> None:
    dispute["balance_transactions"].append({"object": "balance_transaction", "amount": amount, "type": "adjustment"})
    state.event(told, dispute)
