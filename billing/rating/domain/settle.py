"""What a call cost, once it is over: rated by its snapshot, charged once, what was not used given back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.domain import ledger, meter, wallet_row
from billing.models import Account, Kind
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles, calls
from billing.rating.domain.authorize import EMERGENCY
from billing.rating.engine import written
from billing.rating.engine.compiled import Compiled, compiled
from billing.rating.engine.rating import Charge, rate_call
from billing.rating.engine.rounding import whole_seconds
from billing.rating.models import Call, Correction
from infra.db.connections import array, wire
from infra.kit.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Cdr:
    """The record of a call's end, from the switch's clock. `answered_at` None: nobody answered."""

    call_id: str
    answered_at: datetime | None
    ended_at: datetime
    cause: str = ""
    estimated: bool = False

    @property
    def seconds(self) -> int:
        """Answer to end in whole seconds, half up; an end before the answer counts as none."""
        if self.answered_at is None:
            return 0
        return max(whole_seconds((self.ended_at - self.answered_at) // timedelta(milliseconds=1)), 0)


def settle(cdr: Cdr, *, now: datetime | None = None) -> Call:
    """Charge the call of `cdr`, once: the same end again, in whatever order words arrive, changes nothing.

    Charged is the time that was granted at most, and never more than was reserved. A call that was settled as not
    answered (or by estimate) and turns out to have been answered is put right by a correcting entry. Raises NotFound.

    Outside of a transaction it is two statements and one commit: the call is looked at, rated here, and settled by the
    database, unless it changed meanwhile; then it is looked at again.
    """
    moment = now or datetime.now(UTC)
    while True:
        call, zone, stock = _unsettled(cdr)
        if call.state == Call.State.SETTLED:
            return _put_right(cdr, moment)
        before = call.state
        charge = _rated(call, cdr, stock)
        amount = min(charge.amount, call.reserved)
        _write(call, cdr, charge, moment)
        call.state, call.charge, call.uncollected = Call.State.SETTLED, amount, charge.amount - amount
        said, fell = _settled(call, before, charge, day=moment.astimezone(ZoneInfo(zone)).date())
        if fell:
            wallet_row.look_after(call.portal_id)
        if said == "settled":
            return call
        if said == "no_account":
            accounts.make(call.portal_id)


_FIELDS = [field.attname for field in Call._meta.concrete_fields]
_COLUMNS = ", ".join(f"this.{field.column}" for field in Call._meta.concrete_fields)
_UNSETTLED = (
    f"SELECT {_COLUMNS}, portal.time_zone, CASE WHEN %s AND this.state <> 'settled' THEN public.rating_stock("  # noqa: S608 - our own
    "this.portal_id, CASE WHEN this.state <> 'dropped' THEN this.id END, this.authorized_at) END"
    " FROM public.rating_call this JOIN public.portals_portal portal ON portal.id = this.portal_id"
    " WHERE this.call_id = %s"
)
_SETTLE = "SELECT said, fell FROM public.rating_settle(" + "%s, " * 20 + "%s)"


def _unsettled(cdr: Cdr) -> tuple[Call, str, list[bundles.Stock]]:
    """The call, its portal's time zone, and the portal's included seconds that it may use. Raises NotFound."""
    found = wire().rows(_UNSETTLED, [cdr.answered_at is not None, cdr.call_id])
    if not found:
        raise NotFound
    *values, zone, stock = found[0]
    return Call.from_db("default", _FIELDS, values), zone, bundles.stock_from(stock)


def _settled(call: Call, before: str, charge: Charge, *, day: date) -> tuple[str, bool]:
    """Have the database settle the call that was in the state `before`; its word, and whether the wallet runs low."""
    given = [
        *(call.pk, call.portal_id, before, call.granted, call.reserved, call.answered_at, call.ended_at, call.cause),
        *(call.estimated, call.seconds, call.billed_seconds, call.bundle_seconds, call.charge, call.uncollected),
        *(call.exact, array(name for name, _taken in charge.lots), array(taken for _name, taken in charge.lots)),
        *(_minutes(call), day, note_of(call)[:300], call.settled_at),
    ]
    said, fell = wire().row(_SETTLE, given)
    return said, bool(fell)


def _minutes(call: Call) -> Decimal:
    """What the usage page counts."""
    if call.answered_at is None:
        return Decimal(0)
    return (Decimal(call.billed_seconds) / 60).quantize(Decimal("0.000001"))


def _rated(call: Call, cdr: Cdr, stock: Sequence[bundles.Stock]) -> Charge:
    """The charge by the call's snapshot. Beside the seconds it holds, a call may use what nobody else holds now."""
    snapshot, tariff = _price(call.snapshot)
    call.snapshot = dict(snapshot)
    if call.route == EMERGENCY or tariff is None:
        return Charge(
            amount=Decimal(0), exact=Fraction(0), seconds=min(cdr.seconds, call.granted), billed_seconds=0, lots=(),
            parts=(),
        )  # fmt: skip
    target = bundles.target_of(call)
    lots = [bundles.lot(one, one.left) for one in stock if one.own or bundles.serves(one.destinations, target)]
    charge = rate_call(tariff, cdr.answered_at, cdr.seconds, lots, call.granted)
    call.exact = tariff.exact_text(tariff.units(charge.exact))[:200]
    return charge


@lru_cache(maxsize=2_000)
def _price(snapshot: str) -> tuple[Mapping[str, Any], Compiled | None]:
    """A call's snapshot as it is written, and its tariff made ready; calls at one price share them."""
    found: dict[str, Any] = json.loads(snapshot)
    return found, compiled(written.tariff_from(found["tariff"])) if "tariff" in found else None


def _write(call: Call, cdr: Cdr, charge: Charge, now: datetime) -> None:
    call.answered_at, call.ended_at, call.settled_at = cdr.answered_at, cdr.ended_at, now
    call.seconds, call.billed_seconds, call.bundle_seconds = (
        charge.seconds,
        charge.billed_seconds,
        charge.bundle_seconds,
    )
    call.cause, call.estimated = cdr.cause[:60], cdr.estimated


@transaction.atomic
def _put_right(cdr: Cdr, now: datetime) -> Call:
    """A second record of a settled call: nothing, unless the first was an estimate or knew of no answer."""
    account, call = calls.locked_call(cdr.call_id)
    answered_late = call.answered_at is None and cdr.answered_at is not None
    measured_late = call.estimated and not cdr.estimated
    if call.route == EMERGENCY or not (answered_late or measured_late):
        return call
    before = call.charge or Decimal(0)
    charge = _rated_again(call, cdr)
    after = min(charge.amount, call.reserved)
    _write(call, cdr, charge, now)
    call.charge, call.uncollected = after, charge.amount - after
    call.save()
    cause = f"correction:call:{call.pk}:{'answer' if answered_late else 'measured'}"
    correct(call, cause=cause, before=before, after=after, note=note_of(call))
    if after > before:
        accounts.add_spent(account, call.portal, now, after - before)
    if minutes := _minutes(call):
        at = cdr.answered_at or now
        meter.record(
            portal_id=call.portal_id,
            meter="minutes",
            quantity=minutes,
            at=at,
            cause=f"call:{call.pk}",
            department_id=call.department_id,
        )
    return call


def _rated_again(call: Call, cdr: Cdr) -> Charge:
    """The charge of a late record, with the included seconds that the call took the first time and no others."""
    tariff = calls.tariff_of(call)
    uses = call.bundle_uses.filter(used__gt=0).select_related("bundle")
    lots = [bundles.lot(use.bundle, use.used) for use in uses]
    return rate_call(tariff, cdr.answered_at, cdr.seconds, lots, call.granted)


def correct(call: Call, *, cause: str, before: Decimal, after: Decimal, note: str, **more: object) -> Correction:
    """Write the difference between two charges of a call down, and move the money by it; once per cause."""
    made, new = Correction.objects.get_or_create(
        cause=cause, defaults={"call": call, "before": before, "after": after, "note": note[:300], **more}
    )
    if new and after != before:
        difference = after - before
        ledger.post(
            cause=cause,
            lines=[
                ledger.Line(Account.WALLET, -difference),
                ledger.Line(Account.REVENUE, difference),
            ],
            portal_id=call.portal_id,
            currency=call.currency,
            kind=Kind.CORRECTION,
            note=note,
        )
    return made


def note_of(call: Call) -> str:
    """How the call is named in the statement."""
    if call.direction == Call.Direction.IN:
        return f"+{call.caller} → +{call.number}" if call.caller else f"→ +{call.number}"
    return f"+{call.number} · {call.destination}" if call.destination else call.number
