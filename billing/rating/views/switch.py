"""What the switch asks and says: may this call start, what became of it, which digest has a device."""

from __future__ import annotations

from typing import Any

from billing.rating.domain import devices, events, guard, reaper, records
from billing.rating.domain.authorize import Authorization, CallRequest, authorize
from billing.rating.domain.extension import extend
from billing.rating.domain.inbound import InboundRequest, authorize_inbound
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.settle import Cdr
from billing.rating.models import Call
from billing.rating.views.door import MOST_RECORD_BYTES, Answer, for_the_switch, moment, needed, text
from infra.kit.errors import Invalid


@for_the_switch(method="POST")
def authorize_call(data: Answer) -> Answer:
    """`{"call_id", "username", "number", "caller", "purpose"}` → allowed seconds, reserve, route, numbers to dial and
    show. With `"direction": "in"` the number is the portal's own, `caller` who calls, and there is no username."""
    call_id = text(data, "call_id")
    if data.get("direction", Call.Direction.OUT) == Call.Direction.IN:
        asked_in = InboundRequest(
            call_id=call_id, number=text(data, "number", most=40), caller=text(data, "caller", most=40, needed=False)
        )
        return _granted(authorize_inbound(asked_in))
    purpose = data.get("purpose", Call.Purpose.PERSON.value)
    if data.get("direction", Call.Direction.OUT) != Call.Direction.OUT or purpose not in Call.Purpose.values:
        wrong = "purpose" if purpose not in Call.Purpose.values else "direction"
        known = Call.Purpose.values if wrong == "purpose" else Call.Direction.values
        raise Invalid(fields={wrong: [f"One of {', '.join(known)} is expected."]})
    username = text(data, "username", most=40)
    device = devices.by_username(username)
    if device is None:
        raise CallRefused("device_off")
    asked = CallRequest(
        call_id=call_id,
        device=device,
        number=text(data, "number", most=40),
        caller=text(data, "caller", most=40, needed=False),
        purpose=purpose,
    )
    return _granted(authorize(asked))


def _granted(answer: Authorization) -> Answer:
    return {
        "call_id": answer.call.call_id,
        "number": answer.number,
        "allowed_seconds": answer.allowed,
        "reserved": str(answer.reserved),
        "currency": answer.currency,
        "route": answer.route,
        "caller": answer.caller,
    }


@for_the_switch(method="POST")
def extend_call(data: Answer) -> Answer:
    """`{"call_id"}` → allowed seconds from the answer on; never fewer than before."""
    call = extend(call_id=text(data, "call_id"))
    return {"call_id": call.call_id, "allowed_seconds": call.granted, "reserved": str(call.reserved)}


@for_the_switch(method="POST")
def event(data: Answer) -> Answer:
    """`{"call_id", "kind": "start" | "answer" | "end", "at", "answered_at", "cause"}` → whether the call goes on."""
    at = moment(data, "at")
    if at is None:
        raise Invalid(fields={"at": ["An instant is expected."]})
    order = events.tell(
        events.Word(
            call_id=text(data, "call_id"),
            kind=text(data, "kind", most=10),
            at=at,
            answered_at=moment(data, "answered_at", needed=False),
            cause=text(data, "cause", most=60, needed=False),
        )
    )
    return _state(order.call) | {"hang_up": order.hang_up}


def _state(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "state": call.state,
        "allowed_seconds": call.granted,
        "charge": None if call.charge is None else str(call.charge),
        "currency": call.currency,
    }


@for_the_switch(method="POST")
def running(data: Answer) -> Answer:
    """`{"calls": [call ids that the switch carries]}` → those that must end."""
    calls = data.get("calls")
    if not isinstance(calls, list) or not all(isinstance(item, str) for item in calls) or len(calls) > 5000:
        raise Invalid(fields={"calls": ["A list of at most 5000 call ids is expected."]})
    over = reaper.running(calls)
    return {"hang_up": list(dict.fromkeys([*over, *(item for item in guard.to_cut() if item in set(calls))]))}


@for_the_switch(method="POST", most=MOST_RECORD_BYTES)
def compare_records(data: Answer) -> Answer:
    """`{"since", "until", "calls": [{"call_id", "answered_at", "ended_at"}]}`: every call that ended within at most a
    day → how many each side knows, and what differs. What never reached us is settled by it."""
    since, until, calls = moment(data, "since"), moment(data, "until"), data.get("calls")
    if not isinstance(calls, list) or not all(isinstance(one, dict) for one in calls):
        raise Invalid(fields={"calls": ["A list of objects is expected."]})
    made = records.compare(since=needed(since), until=needed(until), records=[_record(one) for one in calls])
    return {
        "ours": made.ours,
        "theirs": made.theirs,
        "differing": made.differing,
        "differences": [dict(zip(("call_id", "what", "ours", "theirs"), one, strict=True)) for one in made.differences],
    }


def _record(given: Answer) -> Cdr:
    return Cdr(
        call_id=text(given, "call_id"),
        answered_at=moment(given, "answered_at", needed=False),
        ended_at=needed(moment(given, "ended_at")),
        cause=text(given, "cause", most=60, needed=False),
    )


@for_the_switch(method="GET")
def cuts(data: Answer) -> Answer:
    """The calls of stopped portals and of wallets that money was taken back from, which must end now."""
    return {"hang_up": guard.to_cut()}


@for_the_switch(method="GET")
def ha1(data: Answer) -> Answer:
    """`?username=` → the digests of the device's secret (RFC 8760); 404 where it is unknown, off or locked."""
    device = devices.digest_of(username=text(data, "username", most=40))
    return {
        "username": device.username,
        "realm": device.realm,
        "ha1": device.ha1_md5,
        "ha1_sha256": device.ha1_sha256,
    }


@for_the_switch(method="POST")
def registration(data: Answer) -> Answer:
    """`{"username", "succeeded"}`: how a registration went. Wrong secrets in a row lock the device for a while."""
    succeeded = data.get("succeeded")
    if not isinstance(succeeded, bool):
        raise Invalid(fields={"succeeded": ["true or false is expected."]})
    device = devices.report(username=text(data, "username", most=40), succeeded=succeeded)
    return {"locked": device is not None and device.locked_until is not None}
