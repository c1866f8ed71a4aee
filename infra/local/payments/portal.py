"""The customer portal, meters, and the list of events."""

from __future__ import annotations

import re

from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, page

DAY = 24 * 60 * 60


@route("POST", "/v1/billing_portal/configurations", "billing_portal.ConfigurationCreateParams")
def configure(state: State, given: Thing) -> Thing:
    return state.add("billing_portal.configuration", active=True, is_default=False, **given)


@route("GET", "/v1/billing_portal/configurations", "billing_portal.ConfigurationListParams")
def configurations(state: State, given: Thing) -> Thing:
    return page(state.all("billing_portal.configuration"), given, "/v1/billing_portal/configurations")


@route("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams")
def create(state: State, given: Thing) -> Thing:
    customer = state.get("customer", given.get("customer", ""))
    session = state.add(
        "billing_portal.session",
        customer=customer["id"],
        return_url=given.get("return_url"),
        configuration=given.get("configuration"),
    )
    session["url"] = f"{state.base}/portal/{session['id']}"
    return session


@route("POST", "/v1/billing/meters", "billing.MeterCreateParams")
def create_meter(state: State, given: Thing) -> Thing:
    if state.all("billing.meter", event_name=given["event_name"]):
        raise Refused("A meter with this event name exists.", param="event_name")
    return state.add("billing.meter", status="active", **given)


@route("GET", "/v1/billing/meters", "billing.MeterListParams")
def meters(state: State, given: Thing) -> Thing:
    return page(state.all("billing.meter"), given, "/v1/billing/meters")


@route("POST", "/v1/billing/meter_events", "billing.MeterEventCreateParams")
def meter_event(state: State, given: Thing) -> Thing:
    """Whole numbers, 35 days back and 5 minutes ahead; an identifier counts once within a day, later once more."""
    if not state.all("billing.meter", event_name=given["event_name"]):
        raise Refused("No active meter found for event name.", code="no_meter", param="event_name")
    if not re.fullmatch(r"-?\d+", given["payload"].get("value", "")):
        raise Refused("The value must be a whole number.", param="payload[value]")
    state.get("customer", given["payload"].get("stripe_customer_id", ""))
    at = given.get("timestamp", state.now())
    if not state.now() - 35 * DAY <= at <= state.now() + 300:
        raise Refused("The timestamp is outside of what is taken.", code="timestamp_too_far_in_past", param="timestamp")
    identifier = given.get("identifier") or f"auto-{state.next('meter event')}"
    known = state.objects.setdefault("meter_event", {}).get(identifier)
    if known is not None and known["created"] > state.now() - DAY:
        raise Refused("An event already exists with identifier " + identifier, code="duplicate_meter_event")
    event = {"object": "billing.meter_event", "id": identifier, "identifier": identifier, "livemode": False}
    event |= {"created": state.now(), "event_name": given["event_name"], "payload": given["payload"], "timestamp": at}
    state.objects["meter_event"][identifier] = event
    mark = f"{given['payload']['stripe_customer_id']} {given['event_name']}"
    state.counters[mark] = state.counters.get(mark, 0) + int(given["payload"]["value"])
    return event


@route("GET", "/v1/events", "EventListParams")
def events(state: State, given: Thing) -> Thing:
    found = [one for one in state.all("event") if one["created"] >= state.now() - 30 * DAY]
    if "delivery_success" in given:
        found = [one for one in found if (one["pending_webhooks"] == 0) == given["delivery_success"]]
    if "type" in given:
        found = [one for one in found if one["type"] == given["type"]]
    return page(found, given, "/v1/events")


@route("GET", "/v1/events/:id", "EventRetrieveParams")
def event(state: State, given: Thing, key: str) -> Thing:
    return state.get("event", key)
