"""More seconds for a call that runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from billing.domain import wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles, calls
from billing.rating.domain.authorize import EMERGENCY, RINGING, below_cap
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.standing import load_of
from billing.rating.engine.grant import answer_moments, longest, price_of
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.models import Call, CallAccount


@transaction.atomic
def extend(*, call_id: str, now: datetime | None = None) -> Call:
    """Give a running call more seconds, by another fair share of what is free; as many as before where nothing is.

    What was granted never shrinks. Raises NotFound, CallRefused when the call is over or calls are stopped.
    """
    moment = now or datetime.now(UTC)
    account, call = calls.locked_call(call_id)
    if call.state not in Call.OPEN:
        raise CallRefused("call_over")
    if call.route == EMERGENCY:
        return call
    if account.stopped_at is not None:
        raise CallRefused("stopped")
    return _extended(account, call, moment)


def _extended(account: CallAccount, call: Call, now: datetime) -> Call:
    tariff, portal = calls.tariff_of(call), call.portal
    caps = accounts.caps_of(account, portal.schema_name, call.currency)
    caps = replace(caps, seconds=below_cap(tariff, caps, call.authorized_at))
    running, reserved = load_of(portal.pk, now)
    divisor = max(caps.concurrent - running + 1, 1)
    left = caps.spend - accounts.spent_today(account, portal, now) - reserved
    more = max(min(wallet.available(portal.pk), left) / divisor, Decimal(0))
    stock = bundles.usable(portal.pk, bundles.target_of(call), now)
    lots = _joined(calls.lots_held(call), bundles.shares(stock, divisor))
    answers = [call.answered_at] if call.answered_at else answer_moments(tariff, now, RINGING)
    seconds = longest(tariff, answers, call.reserved + more, cap=caps.seconds, lots=lots)
    if seconds <= call.granted:
        return call
    call.granted = seconds
    call.reserved = max(call.reserved, price_of(tariff, answers, seconds, lots))
    held = calls.hold_of(call)
    if held is not None:
        wallet.resize(hold=held, amount=call.reserved, expires_at=calls.kept_until(call))
    elif call.reserved:
        held = wallet.hold(
            portal_id=portal.pk, amount=call.reserved, cause=f"hold:{call.call_id}", expires_at=calls.kept_until(call)
        )
        call.hold_id = held.pk
    wanted: dict[str, int] = {}
    for answered in answers:
        for name, taken in rate_call(tariff, answered, seconds, lots).lots:
            wanted[name] = max(wanted.get(name, 0), taken)
    bundles.let_go(call)
    bundles.hold(call, sorted(wanted.items(), key=lambda item: int(item[0])))
    call.save(update_fields=["granted", "reserved", "hold_id"])
    return call


def _joined(held: list[Lot], free: list[Lot]) -> list[Lot]:
    found = {lot.id: lot for lot in held}
    for lot in free:
        known = found.get(lot.id)
        found[lot.id] = lot if known is None else replace(known, seconds=known.seconds + lot.seconds)
    return list(found.values())
