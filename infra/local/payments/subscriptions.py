"""Subscriptions: begun by Checkout, changed with proration to the second, renewed, past due, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.local.payments import invoices
from infra.local.payments.amounts import period_end, share
from infra.local.payments.catalogue import redeem
from infra.local.payments.customers import default_method
from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import PREFIXES, State, Thing, merge_metadata, page

PENDING_LASTS = 23 * 60 * 60
_WITH_PENDING = {"items", "proration_behavior", "proration_date", "payment_behavior", "off_session", "trial_end"}


def begin(
    state: State,
    customer: Thing,
    wanted: Sequence[Thing],
    *,
    metadata: Thing,
    promotion_codes: Sequence[str] = (),
    trial_end: int | None = None,
) -> Thing:
    """A subscription that starts now, incomplete until its first invoice is paid."""
    now = state.now()
    prices = [state.get("price", one["price"]) for one in wanted]
    if len({price["recurring"]["interval"] for price in prices}) != 1 or len({one["currency"] for one in prices}) != 1:
        raise Refused("All prices of a subscription have the same currency and interval.")
    interval = prices[0]["recurring"]["interval"]
    end = trial_end or period_end(now, interval, now)
    items = [_item(state, one["price"], one.get("quantity", 1), now, end) for one in wanted]
    subscription = state.add(
        "subscription",
        billing_cycle_anchor=end if trial_end else now,
        billing_mode={"type": "flexible"},
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        collection_method="charge_automatically",
        currency=prices[0]["currency"],
        customer=customer["id"],
        default_payment_method=None,
        discounts=[redeem(state, code, now) for code in promotion_codes],
        ended_at=None,
        items={"object": "list", "data": items, "has_more": False, "url": ""},
        latest_invoice=None,
        metadata=metadata,
        pending_update=None,
        schedule=None,
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        trial_end=trial_end,
        trial_start=now if trial_end else None,
    )
    for one in items:
        one["subscription"] = subscription["id"]
    state.event("customer.subscription.created", subscription)
    return subscription


def _item(state: State, price: str, quantity: int, start: int, end: int) -> Thing:
    return {
        "id": f"{PREFIXES['subscription_item']}_{state.next('item'):08}",
        "object": "subscription_item",
        "created": state.now(),
        "current_period_start": start,
        "current_period_end": end,
        "discounts": [],
        "metadata": {},
        "price": state.get("price", price),
        "quantity": quantity,
        "subscription": None,
    }


def bill(state: State, subscription: Thing, reason: str) -> Thing:
    """The invoice for the period that the items are in."""
    lines = []
    for item in subscription["items"]["data"]:
        price, count = item["price"], item["quantity"]
        name = state.get("product", price["product"])["name"]
        start, end, amount = item["current_period_start"], item["current_period_end"], price["unit_amount"] * count
        lines.append(
            invoices.line(price, count, amount, start, end, f"{count} × {name}", proration=False, item=item["id"])
        )
    customer = state.get("customer", subscription["customer"])
    fields = invoices.draft(
        *(state, customer, subscription["currency"], lines, reason),
        subscription=subscription["id"],
        discounts=subscription["discounts"],
    )
    for discount in subscription["discounts"]:
        discount["invoices"] += 1
    invoice = invoices.issue(state, fields)
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def after_payment(state: State, subscription: Thing, invoice: Thing, outcome: str) -> None:
    """What the payment of `invoice` makes of the subscription."""
    before = subscription["status"]
    if outcome == "paid":
        if before in ("incomplete", "past_due", "unpaid"):
            subscription["status"] = "active"
        if (pending := subscription["pending_update"]) and pending["invoice"] == invoice["id"]:
            put(state, subscription, pending["subscription_items"], pending["anchor"])
            subscription["pending_update"] = None
            before = ""
    elif outcome == "failed" and invoice["billing_reason"] != "subscription_update":
        if before == "active" or before == "trialing":
            subscription["status"] = "past_due"
        if before == "past_due" and invoice["next_payment_attempt"] is None:
            subscription["status"] = state.after_retries
            if state.after_retries == "canceled":
                return end(state, subscription)
    if subscription["status"] != before:
        state.event("customer.subscription.updated", subscription)
    return None


def end(state: State, subscription: Thing) -> None:
    """It is over."""
    subscription |= {"status": "canceled", "ended_at": state.now(), "schedule": None}
    subscription["canceled_at"] = subscription["canceled_at"] or state.now()
    state.event("customer.subscription.deleted", subscription)


def wanted_items(state: State, subscription: Thing, given: Sequence[Thing]) -> list[Thing]:
    """The items after `given` was applied. Raises Refused for items that are not the subscription's."""
    items = {one["id"]: dict(one) for one in subscription["items"]["data"]}
    added = []
    for one in given:
        if "id" in one:
            if one["id"] not in items:
                raise Refused(f"No such subscription item: '{one['id']}'", code="resource_missing")
            if one.get("deleted"):
                del items[one["id"]]
                continue
            if "price" in one:
                items[one["id"]]["price"] = state.get("price", one["price"])
            items[one["id"]]["quantity"] = one.get("quantity", items[one["id"]]["quantity"])
        else:
            first = subscription["items"]["data"][0]
            start, stop = first["current_period_start"], first["current_period_end"]
            added.append(_item(state, one["price"], one.get("quantity", 1), start, stop))
            added[-1]["subscription"] = subscription["id"]
    found = [*items.values(), *added]
    if not found:
        raise Refused("A subscription must have at least one active plan.")
    prices = [one["price"]["id"] for one in found]
    if len(set(prices)) != len(prices):
        raise Refused("Cannot add multiple subscription items with the same price.", param="items")
    if any(one["price"]["currency"] != subscription["currency"] for one in found):
        raise Refused("The price specified supports another currency than the subscription's.", param="items")
    if len({one["price"]["recurring"]["interval"] for one in found}) != 1:
        raise Refused("All prices of a subscription have the same interval.", param="items")
    return found


def changes(state: State, subscription: Thing, items: Sequence[Thing], at: int) -> tuple[list[Thing], int | None]:
    """Proration lines of going over to `items` at `at`, and the new anchor where the interval changes."""
    old = {one["id"]: one for one in subscription["items"]["data"]}
    first = subscription["items"]["data"][0]
    start, stop = first["current_period_start"], first["current_period_end"]
    if not start <= at <= stop:
        raise Refused("The proration date must lie in the current period.", param="proration_date")
    interval = items[0]["price"]["recurring"]["interval"]
    turns = interval != first["price"]["recurring"]["interval"]
    lines: list[Thing] = []

    def add(item: Thing, sign: int, full: bool) -> None:
        price, count = item["price"], item["quantity"]
        name, cost = state.get("product", price["product"])["name"], price["unit_amount"] * count
        cost -= invoices.discounted(state, cost, price["currency"], subscription["discounts"])
        amount = cost if full else share(cost, at, start, stop)
        until = period_end(at, interval, at) if full else stop
        text = f"Unused time on {count} × {name}" if sign < 0 else f"{count} × {name}"
        if amount:
            lines.append(invoices.line(price, count, sign * amount, at, until, text, proration=True, item=item["id"]))

    new = {one["id"]: one for one in items}
    for key, item in old.items():
        same = key in new and _same(item, new[key])
        if turns or not same:
            add(item, -1, full=False)
    for key, item in new.items():
        if turns or key not in old or not _same(old[key], item):
            add(item, 1, full=turns)
    return lines, at if turns else None


def _same(one: Thing, other: Thing) -> bool:
    return bool(one["price"]["id"] == other["price"]["id"] and one["quantity"] == other["quantity"])


def put(state: State, subscription: Thing, items: Sequence[Thing], anchor: int | None) -> None:
    """Let the subscription have `items` from now on; a new `anchor` begins a new period there."""
    subscription["items"]["data"] = list(items)
    if anchor is not None:
        interval = items[0]["price"]["recurring"]["interval"]
        subscription["billing_cycle_anchor"] = anchor
        for one in items:
            one |= {"current_period_start": anchor, "current_period_end": period_end(anchor, interval, anchor)}


@route("GET", "/v1/subscriptions/:id", "SubscriptionRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("subscription", key)


@route("GET", "/v1/subscriptions", "SubscriptionListParams")
def listing(state: State, given: Thing) -> Thing:
    found = state.all("subscription", **({"customer": given["customer"]} if "customer" in given else {}))
    status = given.get("status", "")
    if status == "":
        found = [one for one in found if one["status"] != "canceled"]
    elif status != "all":
        found = [one for one in found if one["status"] == status]
    return page(found, given, "/v1/subscriptions")


@route("POST", "/v1/subscriptions/:id", "SubscriptionUpdateParams")
def update(state: State, given: Thing, key: str) -> Thing:
    subscription = state.get("subscription", key)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refused("A canceled subscription can only update its cancellation_details and metadata.")
    if "cancel_at_period_end" in given and subscription["schedule"]:
        raise Refused("The subscription is managed by a schedule; update the schedule instead.")
    pending = given.get("payment_behavior") == "pending_if_incomplete"
    if pending and (odd := set(given) - _WITH_PENDING):
        raise Refused(f"You cannot update {sorted(odd)[0]} with payment_behavior=pending_if_incomplete.")
    merge_metadata(subscription, given)
    for name in ("cancel_at_period_end", "default_payment_method"):
        if name in given:
            subscription[name] = given[name]
    if "cancel_at_period_end" in given:
        first = subscription["items"]["data"][0]
        ends = given["cancel_at_period_end"]
        subscription["cancel_at"] = first["current_period_end"] if ends else None
        subscription["canceled_at"] = state.now() if ends else None
    if "items" in given:
        _change(state, subscription, given, pending)
    state.event("customer.subscription.updated", subscription)
    return subscription


def _change(state: State, subscription: Thing, given: Thing, pending: bool) -> None:
    at = given.get("proration_date", state.now())
    items = wanted_items(state, subscription, given["items"])
    lines, anchor = changes(state, subscription, items, at)
    if given.get("proration_behavior", "create_prorations") == "none" or not lines:
        return put(state, subscription, items, anchor)
    if given.get("proration_behavior") != "always_invoice":
        raise Refused("The stand-in takes only proration_behavior none and always_invoice.")
    customer = state.get("customer", subscription["customer"])
    fields = invoices.draft(
        *(state, customer, subscription["currency"], lines, "subscription_update"), subscription=subscription["id"]
    )
    invoice = invoices.issue(state, fields)
    subscription["latest_invoice"] = invoice["id"]
    outcome = invoices.collect(state, invoice, present=True)
    if outcome in ("paid", "processing") or not pending:
        return put(state, subscription, items, anchor)
    subscription["pending_update"] = {
        "subscription_items": items,
        "expires_at": state.now() + PENDING_LASTS,
        "invoice": invoice["id"],
        "anchor": anchor,
    }
    return None


@route("DELETE", "/v1/subscriptions/:id", "SubscriptionCancelParams")
def cancel(state: State, given: Thing, key: str) -> Thing:
    subscription = state.get("subscription", key)
    if subscription["status"] == "canceled":
        raise Refused(f"No such subscription: {key}", status=404, code="resource_missing")
    end(state, subscription)
    return subscription


@route("POST", "/v1/invoices/create_preview", "InvoiceCreatePreviewParams")
def preview(state: State, given: Thing) -> Thing:
    subscription = state.get("subscription", given.get("subscription", ""))
    details: dict[str, Any] = given.get("subscription_details", {})
    customer = state.get("customer", subscription["customer"])
    if details.get("proration_behavior") != "always_invoice":
        raise Refused("The stand-in previews only proration_behavior always_invoice.")
    items = wanted_items(state, subscription, details.get("items", []))
    lines, _anchor = changes(state, subscription, items, details.get("proration_date", state.now()))
    reason = "upcoming"
    fields = invoices.draft(state, customer, subscription["currency"], lines, reason, subscription=subscription["id"])
    for number, one in enumerate(fields["lines"]["data"]):
        one |= {"id": f"il_tmp_{number}", "invoice": None}
    return {"id": "upcoming_in_preview", "object": "invoice", "created": state.now(), "livemode": False, **fields}


@route("POST", "/v1/invoices/:id/pay", "InvoicePayParams")
def pay(state: State, given: Thing, key: str) -> Thing:
    invoice = invoices.to_be_paid(state, key)
    outcome = pay_now(state, invoice, present=not given.get("off_session", True))
    if outcome == "failed":
        raise Refused("Your card was declined.", status=402, kind="card_error", code="card_declined")
    return invoice


def pay_now(state: State, invoice: Thing, method: Thing | None = None, *, present: bool, proven: bool = False) -> str:
    """Pay an open invoice and let its subscription know."""
    customer = state.get("customer", invoice["customer"])
    method = method or default_method(state, customer)
    outcome = invoices.collect(state, invoice, method, present=present, proven=proven)
    if key := invoices.subscription_of(invoice):
        after_payment(state, state.get("subscription", key), invoice, outcome)
    return outcome
