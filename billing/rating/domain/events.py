"""What the switch says of a call: start, answer, end; at least once each, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.db import transaction

from billing.domain.wallet import FundsShort
from billing.rating.domain import bundles, calls
from billing.rating.domain.authorize import EMERGENCY
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Call, CallAccount, CallEvent
from infra.kit.errors import Invalid

Kind = Literal["start", "answer", "end"]


@dataclass(frozen=True, kw_only=True)
class Word:
    """One event. An end may say when the call was answered; where it does not, the answer event tells."""

    call_id: str
    kind: str
    at: datetime
    answered_at: datetime | None = None
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the switch is to do now: let the call run for `allowed` seconds from its answer, or end it (`hang_up`)."""

    call: Call
    hang_up: str = ""


@transaction.atomic
def tell(word: Word, *, now: datetime | None = None) -> Order:
    """Take in an event. Saying it twice changes nothing. Raises NotFound, Invalid."""
    moment = now or datetime.now(UTC)
    if word.kind not in CallEvent.KINDS:
        raise Invalid(fields={"kind": ["start, answer, end"]})
    account, call = calls.locked_call(word.call_id)
    CallEvent.objects.bulk_create([CallEvent(call=call, kind=word.kind, at=word.at)], ignore_conflicts=True)
    if word.kind == "end":
        answered = word.answered_at or call.answered_at or _said(call, "answer")
        return Order(call=settle(_cdr(word, answered), now=moment))
    if call.state == Call.State.SETTLED:
        return _after_the_end(call, moment)
    _note(call, word, moment)
    if call.state in (Call.State.AUTHORIZED, Call.State.DROPPED):
        return _begun(account, call, word)
    if word.kind == "answer" and call.state == Call.State.RINGING:
        call.state = Call.State.ANSWERED
    call.save(update_fields=["state", "started_at", "answered_at", "proved_at"])
    return order_for(account, call)


def _cdr(word: Word, answered: datetime | None) -> Cdr:
    return Cdr(call_id=word.call_id, answered_at=answered, ended_at=word.at, cause=word.cause)


def _said(call: Call, kind: str) -> datetime | None:
    return call.events.filter(kind=kind).values_list("at", flat=True).first()


def _note(call: Call, word: Word, now: datetime) -> None:
    call.proved_at = now
    if word.kind == "start":
        call.started_at = call.started_at or word.at
    else:
        call.answered_at = call.answered_at or word.at


def _after_the_end(call: Call, now: datetime) -> Order:
    """An answer that arrives after its end: the call was settled as not answered, now it is put right."""
    answered = _said(call, "answer")
    if call.answered_at is None and answered is not None and call.ended_at is not None:
        settled = settle(
            Cdr(call_id=call.call_id, answered_at=answered, ended_at=call.ended_at, cause=call.cause), now=now
        )
        return Order(call=settled)
    return Order(call=call)


def _begun(account: CallAccount, call: Call, word: Word) -> Order:
    """The first word of a call: its reserve is no longer provisional. One that was dropped takes it again or ends."""
    dropped = call.state == Call.State.DROPPED
    if dropped and not bundles.hold_again(call):
        return Order(call=call, hang_up="no_funds")
    call.state = Call.State.ANSWERED if word.kind == "answer" else Call.State.RINGING
    try:
        calls.keep_reserve(call)
    except FundsShort:
        if dropped:
            bundles.let_go(call, remember=True)
        return Order(call=call, hang_up="no_funds")
    call.save(update_fields=["state", "started_at", "answered_at", "proved_at"])
    return order_for(account, call)


def order_for(account: CallAccount, call: Call) -> Order:
    """Whether a running call goes on: not where the portal's calls are stopped. Emergencies and incoming calls that
    cost nothing go on."""
    harmless = call.route == EMERGENCY or (call.direction == Call.Direction.IN and not call.reserved)
    stopped = account.stopped_at is not None and not harmless
    return Order(call=call, hang_up="stopped" if stopped else "")
