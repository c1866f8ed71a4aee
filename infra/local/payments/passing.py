"""Time goes by: periods end, trials end, payments are tried again, pages expire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from infra.local.payments import checkout, intents, invoices, schedules, subscriptions
from infra.local.payments.amounts import period_end
from infra.local.payments.state import State, Thing

Due = tuple[int, str, Callable[[], None]]
LIVE = ("active", "past_due", "trialing", "unpaid")


def advance(state: State, to: int) -> None:
    """Let everything happen, in its order, that falls due until `to`; the clock stands there afterwards."""
    frozen = state.frozen
    while due := min((one for one in _due(state) if one[0] <= to), key=lambda one: one[:2], default=None):
        state.frozen = max(due[0], state.now() if frozen is not None else due[0])
        due[2]()
    state.frozen = to if frozen is not None else None


def _due(state: State) -> Iterator[Due]:
    for subscription in state.all("subscription"):
        if subscription["status"] in LIVE:
            end = subscription["items"]["data"][0]["current_period_end"]
            yield end, subscription["id"], lambda one=subscription: _renew(state, one)  # type: ignore[misc]  # bound in the loop
        if pending := subscription["pending_update"]:
            yield pending["expires_at"], subscription["id"], lambda one=subscription: _forget(state, one)  # type: ignore[misc]  # bound in the loop
    for invoice in state.all("invoice", status="open"):
        if invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], invoice["id"], lambda one=invoice: _again(state, one)  # type: ignore[misc]  # bound in the loop
    for intent in state.all("payment_intent", status="processing"):
        yield intent["settles_at"], intent["id"], lambda one=intent: arrive(state, one)  # type: ignore[misc]  # bound in the loop
    for session in state.all("checkout.session", status="open"):
        yield session["expires_at"], session["id"], lambda one=session: _expire(state, one)  # type: ignore[misc]  # bound in the loop


def _renew(state: State, subscription: Thing) -> None:
    if subscription["cancel_at_period_end"]:
        return subscriptions.end(state, subscription)
    items = subscription["items"]["data"]
    start = items[0]["current_period_end"]
    for one in items:
        one["current_period_start"] = start
    if subscription["schedule"]:
        schedules.turn(state, subscription)
        items = subscription["items"]["data"]
    interval = items[0]["price"]["recurring"]["interval"]
    end = period_end(subscription["billing_cycle_anchor"], interval, start)
    for one in items:
        one |= {"current_period_start": start, "current_period_end": end}
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    state.event("customer.subscription.updated", subscription)
    invoice = subscriptions.bill(state, subscription, "subscription_cycle")
    if subscription["status"] == "unpaid":
        return None  # Stripe leaves such invoices as they are
    outcome = invoices.collect(state, invoice, present=False)
    subscriptions.after_payment(state, subscription, invoice, outcome)
    return None


def _forget(state: State, subscription: Thing) -> None:
    invoice = state.get("invoice", subscription["pending_update"]["invoice"])
    subscription["pending_update"] = None
    if invoice["status"] == "open":
        invoices.void(state, invoice)
    state.event("customer.subscription.pending_update_expired", subscription)


def _again(state: State, invoice: Thing) -> None:
    subscriptions.pay_now(state, invoice, present=False)


def arrive(state: State, intent: Thing) -> None:
    """A debit that was on its way has arrived."""
    intents.succeed(state, intent)
    if intent["invoice"]:
        invoice = state.get("invoice", intent["invoice"])
        invoices.settle(state, invoice, intent)
    for session in state.all("checkout.session", payment_intent=intent["id"]):
        session["payment_status"] = "paid"
        state.event("checkout.session.async_payment_succeeded", session)


def _expire(state: State, session: Thing) -> None:
    checkout.expire(state, {}, session["id"])
