"""How a portal's calls stand, read under the lock of its account, and a call put down beside them.

Two statements of the database (migrations/0005_authorize_functions.py): what is read in the first holds until the
commit, so that no two calls are promised the same money, seconds or place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.domain import ledger, wallet_row
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles
from billing.rating.domain.refused import CallRefused
from billing.rating.models import Call, CallAccount
from infra.db.connections import array, wire
from infra.kit.errors import Conflict

PROVISIONAL = timedelta(seconds=10)
"""A reservation nobody started a call for is dropped after this long."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What counts for the next call of a portal; of a call that is `known` already, that and the account alone.

    `free` money (below zero in debt) is in `currency`; `running` calls have `reserved` money; `lately` counts those
    begun within a minute; `room` is what caps leave of this month's minutes (None: no cap); `caller` is the wished
    number where it is the portal's own.
    """

    account: CallAccount
    known: Call | None = None
    currency: str = ""
    free: Decimal = Decimal(0)
    running: int = 0
    reserved: Decimal = Decimal(0)
    lately: int = 0
    room: Decimal | None = None
    stock: Sequence[bundles.Stock] = field(default=())
    caller: str = ""


_ACCOUNT = [column.attname for column in CallAccount._meta.concrete_fields]
_COLUMNS = ", ".join(f"(now.account).{column.column}" for column in CallAccount._meta.concrete_fields)
_STANDING = (
    f"SELECT {_COLUMNS}, known, currency, free, running, reserved, lately, room, stock, shown"  # noqa: S608 - our own
    f" FROM public.rating_standing({', '.join(['%s'] * 8)}) now"
)
_PLACE = "SELECT said, call, hold, free, first FROM public.rating_place(" + "%s, " * 21 + "%s)"


def locked(portal_id: int, *, call_id: str, department_id: int | None, caller: str, now: datetime) -> Standing:
    """Lock the portal's account until the commit, give back what calls hold that nobody started, and look."""
    bare = "".join(sign for sign in caller if sign.isdecimal())
    row = _row(portal_id, call_id, department_id, bare, now)
    if row[0] is None:
        accounts.make(portal_id)
        row = _row(portal_id, call_id, department_id, bare, now)
    account = CallAccount.from_db("default", _ACCOUNT, row[: len(_ACCOUNT)])
    known, currency, free, running, reserved, lately, room, stock, shown = row[len(_ACCOUNT) :]
    if known is not None:
        return Standing(account=account, known=Call.objects.get(pk=known))
    return Standing(
        account=account,
        currency=currency or wallet_row.currency_of(portal_id),
        free=free or Decimal(0),
        running=running,
        reserved=reserved,
        lately=lately,
        room=room,
        stock=bundles.stock_from(stock),
        caller=bare if shown else "",
    )


def _row(portal_id: int, call_id: str, department_id: int | None, caller: str, now: datetime) -> tuple[Any, ...]:
    given: list[Any] = [portal_id, call_id, department_id, caller, now, now - PROVISIONAL, now - _MINUTE, ledger.now()]
    return wire().row(_STANDING, given)


def place(call: Call, lots: Sequence[tuple[str, int]], *, until: datetime, abroad: bool = False) -> bool:
    """Save a new call, reserving its money until `until` and its included seconds; whether it is the portal's first to
    its country, asked of calls `abroad`. The account is locked. Raises CallRefused where the money is gone."""
    given: list[Any] = [
        *(call.portal_id, call.call_id, call.device_id, call.direction, call.purpose, call.department_id, call.caller),
        *(call.number, call.destination, call.prefix, call.country, call.route, call.currency),
        *(json.dumps(call.snapshot), call.granted, call.reserved),
        *(array(name for name, _held in lots), array(held for _name, held in lots)),
        *(abroad, call.authorized_at, until, ledger.now()),
    ]
    said, call.pk, call.hold_id, free, first = wire().row(_PLACE, given)
    if said == "short":  # something else was paid between the look and the lock
        raise CallRefused("no_funds", free=str(free))
    if said != "placed":
        raise Conflict(f"hold:{call.call_id} is reserved elsewhere")
    call._state.adding = False
    call._state.db = "default"
    return bool(first)


def load_of(portal_id: int, now: datetime) -> tuple[int, Decimal]:
    """Calls that run, and the money reserved for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT running, reserved FROM public.rating_load(%s, %s)", [portal_id, now - _MINUTE])
        running, reserved = cursor.fetchone()
    return int(running), Decimal(reserved)


def drop_unstarted(portal_id: int, now: datetime) -> int:
    """Give back what is reserved for calls that nobody started; how many. The account is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.rating_drop_unstarted(%s, %s)", [portal_id, now - PROVISIONAL])
        return int(cursor.fetchone()[0])
