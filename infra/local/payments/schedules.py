"""Subscription schedules: what a subscription becomes when its period ends."""

from __future__ import annotations

from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, merge_metadata
from infra.local.payments.subscriptions import _item


@route("POST", "/v1/subscription_schedules", "SubscriptionScheduleCreateParams")
def create(state: State, given: Thing) -> Thing:
    subscription = state.get("subscription", given.get("from_subscription", ""))
    if subscription["schedule"]:
        raise Refused("The subscription is already attached to a schedule.", param="from_subscription")
    if set(given) - {"from_subscription", "metadata"}:
        raise Refused("With from_subscription nothing else may be set.", param="from_subscription")
    items = subscription["items"]["data"]
    phase = {
        "items": [{"price": one["price"]["id"], "quantity": one["quantity"]} for one in items],
        "start_date": items[0]["current_period_start"],
        "end_date": items[0]["current_period_end"],
    }
    schedule = state.add(
        "subscription_schedule",
        customer=subscription["customer"],
        current_phase={"start_date": phase["start_date"], "end_date": phase["end_date"]},
        end_behavior="release",
        metadata=given.get("metadata") or {},
        phases=[phase],
        released_at=None,
        released_subscription=None,
        status="active",
        subscription=subscription["id"],
    )
    subscription["schedule"] = schedule["id"]
    state.event("subscription_schedule.created", schedule)
    state.event("customer.subscription.updated", subscription)
    return schedule


@route("POST", "/v1/subscription_schedules/:id", "SubscriptionScheduleUpdateParams")
def update(state: State, given: Thing, key: str) -> Thing:
    schedule = _active(state, key)
    merge_metadata(schedule, given)
    if phases := given.get("phases"):
        if phases[0].get("start_date") != schedule["current_phase"]["start_date"]:
            raise Refused("The current phase must be given with its start_date.", param="phases[0][start_date]")
        if "end_date" not in phases[0] or any("duration" not in one and "end_date" not in one for one in phases):
            raise Refused("Each phase needs an end_date or a duration.", param="phases")
        for phase in phases:
            for one in phase["items"]:
                state.get("price", one.get("price", ""))
        schedule["phases"] = phases
        schedule["current_phase"]["end_date"] = phases[0]["end_date"]
    schedule["end_behavior"] = given.get("end_behavior", schedule["end_behavior"])
    state.event("subscription_schedule.updated", schedule)
    return schedule


@route("GET", "/v1/subscription_schedules/:id", "SubscriptionScheduleRetrieveParams")
def retrieve(state: State, given: Thing, key: str) -> Thing:
    return state.get("subscription_schedule", key)


@route("POST", "/v1/subscription_schedules/:id/release", "SubscriptionScheduleReleaseParams")
def release(state: State, given: Thing, key: str) -> Thing:
    schedule = _active(state, key)
    subscription = state.get("subscription", schedule["subscription"])
    let_go(state, schedule, subscription)
    state.event("customer.subscription.updated", subscription)
    return schedule


def _active(state: State, key: str) -> Thing:
    schedule = state.get("subscription_schedule", key)
    if schedule["status"] != "active":
        raise Refused(f"The schedule is {schedule['status']}.")
    return schedule


def let_go(state: State, schedule: Thing, subscription: Thing) -> None:
    """The subscription goes on by itself."""
    schedule |= {"status": "released", "released_at": state.now(), "released_subscription": subscription["id"]}
    schedule["subscription"] = subscription["schedule"] = None
    state.event("subscription_schedule.released", schedule)


def turn(state: State, subscription: Thing) -> None:
    """A period has ended: the next phase's items count from now on; after the last the schedule lets go."""
    schedule = state.get("subscription_schedule", subscription["schedule"])
    if len(schedule["phases"]) > 1:
        phase = schedule["phases"][1]
        items = subscription["items"]["data"]
        start, end = items[0]["current_period_start"], items[0]["current_period_end"]
        new = [_item(state, one["price"], one.get("quantity", 1), start, end) for one in phase["items"]]
        for one in new:
            one["subscription"] = subscription["id"]
        subscription["items"]["data"] = new
    let_go(state, schedule, subscription)
