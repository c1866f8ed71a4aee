"""A call and the account it belongs to, locked in one order everywhere: account, call, bundles, wallet."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from billing.domain import wallet
from billing.models import Hold
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles
from billing.rating.engine import written
from billing.rating.engine.rating import Lot
from billing.rating.engine.tariff import Tariff
from billing.rating.models import Call, CallAccount
from infra.kit.errors import NotFound

SETUP = timedelta(seconds=180)
SLACK = timedelta(seconds=300)
"""How much longer than the call may last its reserve is kept, for an end that comes late."""


def locked_call(call_id: str) -> tuple[CallAccount, Call]:
    """The switch's call and its portal's account, both locked until commit. Raises NotFound."""
    portal_id = Call.objects.filter(call_id=call_id).values_list("portal_id", flat=True).first()
    if portal_id is None:
        raise NotFound
    account = accounts.locked(portal_id)
    return account, Call.objects.select_for_update(of=("self",)).select_related("portal").get(call_id=call_id)


def tariff_of(call: Call) -> Tariff:
    """The price in force when the call was authorized."""
    return written.tariff_from(call.snapshot["tariff"])


def hold_of(call: Call) -> Hold | None:
    """The money put aside for the call."""
    return Hold.objects.filter(pk=call.hold_id).select_related("wallet").first() if call.hold_id else None


def kept_until(call: Call) -> datetime:
    """Until when the reserve of a call that has started counts."""
    begin = call.answered_at or call.authorized_at + SETUP
    return begin + timedelta(seconds=call.granted) + SLACK


def lots_held(call: Call) -> list[Lot]:
    """Included seconds that the call holds, as the engine takes them."""
    return [bundles.lot(use.bundle, use.held) for use in call.bundle_uses.filter(held__gt=0).select_related("bundle")]


@transaction.atomic
def keep_reserve(call: Call) -> None:
    """Keep what is reserved for as long as the call may run. Raises FundsShort where it was dropped and spent."""
    held = hold_of(call)
    if held is not None:
        wallet.resize(hold=held, amount=call.reserved, expires_at=kept_until(call))
