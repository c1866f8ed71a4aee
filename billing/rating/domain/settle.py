"""What a call cost, once it is over: rated by its snapshot, charged once, what was not used given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from billing.domain import ledger, meter, wallet
from billing.models import Account, Kind
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles, calls
from billing.rating.domain.authorize import EMERGENCY
from billing.rating.engine.compiled import compiled
from billing.rating.engine.rating import Charge, Lot, rate_call
from billing.rating.engine.rounding import whole_seconds
from billing.rating.models import Call, CallAccount, Correction


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


@transaction.atomic
def settle(cdr: Cdr, *, now: datetime | None = None) -> Call:
    """Charge the call of `cdr`, once: the same end again, in whatever order words arrive, changes nothing.

    Charged is the time that was granted at most, and never more than was reserved. A call that was settled as not
    answered (or by estimate) and turns out to have been answered is put right by a correcting entry. Raises NotFound.
    """
    moment = now or datetime.now(UTC)
    account, call = calls.locked_call(cdr.call_id)
    if call.state == Call.State.SETTLED:
        return _put_right(account, call, cdr, moment)
    charge = _rated(call, cdr)
    call.state = Call.State.SETTLED
    _write(call, cdr, charge, moment)
    amount = min(charge.amount, call.reserved)
    call.charge, call.uncollected = amount, charge.amount - amount
    call.save()
    bundles.use(call, charge.lots)
    held = calls.hold_of(call)
    if held is not None and amount:
        wallet.settle(hold=held, amount=amount, cause=f"call:{call.pk}", note=note_of(call))
    elif held is not None:
        wallet.release(hold=held)
    if amount:
        accounts.add_spent(account, call.portal, moment, amount)
    _count(call)
    return call


def _rated(call: Call, cdr: Cdr) -> Charge:
    """The charge by the call's snapshot. Beside the seconds it holds, a call may use what nobody else holds now."""
    held = bundles.let_go(call) if call.state in Call.OPEN else []
    if call.route == EMERGENCY:
        return Charge(
            amount=Decimal(0), exact=Fraction(0), seconds=min(cdr.seconds, call.granted), billed_seconds=0, lots=(),
            parts=(),
        )  # fmt: skip
    lots: list[Lot] = []
    if cdr.answered_at is not None:
        usable = bundles.usable(call.portal_id, bundles.target_of(call), call.authorized_at)
        stock = {bundle.pk: bundle for bundle in usable}
        for bundle, _seconds in held:
            stock.setdefault(bundle.pk, bundle)
        lots = [bundles.lot(bundle, bundle.seconds - bundle.used - bundle.held) for bundle in stock.values()]
    tariff = calls.tariff_of(call)
    charge = rate_call(tariff, cdr.answered_at, cdr.seconds, lots, call.granted)
    call.snapshot = {**call.snapshot, "lots": [[name, seconds] for name, seconds in charge.lots]}
    call.exact = compiled(tariff).exact_text(compiled(tariff).units(charge.exact))[:200]
    return charge


def _write(call: Call, cdr: Cdr, charge: Charge, now: datetime) -> None:
    call.answered_at, call.ended_at, call.settled_at = cdr.answered_at, cdr.ended_at, now
    call.seconds, call.billed_seconds, call.bundle_seconds = (
        charge.seconds,
        charge.billed_seconds,
        charge.bundle_seconds,
    )
    call.cause, call.estimated = cdr.cause[:60], cdr.estimated


def _put_right(account: CallAccount, call: Call, cdr: Cdr, now: datetime) -> Call:
    """A second record of a settled call: nothing, unless the first was an estimate or knew of no answer."""
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
    _count(call)
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
    return f"+{call.number} · {call.destination}" if call.destination else call.number


def _count(call: Call) -> None:
    """Count the minutes for the usage page; once a call."""
    if call.billed_seconds and call.answered_at is not None:
        meter.record(
            portal_id=call.portal_id,
            meter="minutes",
            quantity=(Decimal(call.billed_seconds) / 60).quantize(Decimal("0.000001")),
            at=call.answered_at,
            cause=f"call:{call.pk}",
            department_id=call.department_id,
        )
