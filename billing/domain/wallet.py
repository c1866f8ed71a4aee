"""The prepaid wallet: money comes in, is reserved, charged and given back; two at once never spend the same coin."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.domain import ledger, wallet_row
from billing.domain.ledger import Line, exact, now
from billing.domain.wallet_row import wallet_of
from billing.models import Account, Hold, Kind, Posting, Wallet
from infra.kit.errors import Conflict, PortalError, WayOut

__all__ = [
    "FundsShort",
    "available",
    "balance",
    "charge",
    "expire_holds",
    "hold",
    "release",
    "resize",
    "settle",
    "top_up",
    "wallet_of",
]

WALLET_PAGE = "/billing/wallet/"

KINDS = {"call": Kind.CALL, "pack": Kind.PACK, "fee": Kind.FEE}
"""What a charge is called in the statement, by the first word of its cause; anything else is usage."""


class FundsShort(PortalError):
    """The wallet does not hold enough; `available` is what could still be reserved, in its currency."""

    code = "funds_short"
    status = 402
    default_message = _("There is not enough money in the wallet.")

    def __init__(self, *, available: Decimal, currency: str = "") -> None:
        super().__init__(
            way_out=WayOut(text=_("Top up the wallet."), url=WALLET_PAGE),
            available=str(available),
            currency=currency,
        )
        self.available = available


def balance(portal_id: int) -> Decimal:
    """What is in the wallet, reserved money included. May be below zero."""
    return Decimal(wallet_of(portal_id).balance)


def available(portal_id: int) -> Decimal:
    """What may still be reserved or charged: balance + credit limit − open holds. May be below zero."""
    return _free(wallet_of(portal_id))


@transaction.atomic
def top_up(
    *,
    portal_id: int,
    amount: Decimal,
    currency: str,
    cause: str,
    note: str = "",
    account: Account = Account.PAYMENTS,
    kind: Kind = Kind.TOP_UP,
    actor: str = "",
) -> Posting:
    """Put `amount` into the wallet, once per cause; `account` is where it came from.

    Raises ValueError unless it is positive, Conflict when the cause was used for another amount or portal, or the
    currency is not the wallet's.
    """
    if amount <= 0:
        raise ValueError("a top-up is more than nothing")
    lines = [Line(Account.WALLET, amount), Line(account, -amount)]
    return ledger.post(
        cause=cause, lines=lines, portal_id=portal_id, currency=currency, kind=kind, note=note, actor=actor
    )


def hold(*, portal_id: int, amount: Decimal, cause: str, expires_at: datetime) -> Hold:
    """Reserve `amount` until `expires_at`; the same cause gives the hold it has already, whatever became of it.

    Raises FundsShort when less is available (nothing is reserved then), ValueError for a negative amount, Conflict when
    the cause belongs to another portal.
    """
    amount, moment = _not_negative(amount), now()
    said, number, free = _asked("billing_hold", portal_id, amount, cause, expires_at, moment)
    if said == "no_wallet":
        wallet_of(portal_id)
        said, number, free = _asked("billing_hold", portal_id, amount, cause, expires_at, moment)
    if said == "elsewhere":
        raise Conflict(f"{cause} is reserved elsewhere")
    if said == "short":
        raise FundsShort(available=free, currency=wallet_of(portal_id).currency)
    return Hold.objects.select_related("wallet").get(pk=number)


@transaction.atomic
def resize(*, hold: Hold, amount: Decimal, expires_at: datetime | None = None) -> Hold:
    """Reserve `amount` instead, and until `expires_at` if given; an expired hold comes to life again.

    Raises FundsShort when the difference is not available (the hold stays as it was), Conflict when it is settled or
    released.
    """
    amount = _not_negative(amount)
    wallet, kept = _locked(hold)
    if kept.state not in (Hold.State.OPEN, Hold.State.EXPIRED):
        raise Conflict(f"{kept.cause} is {kept.state}")
    until = expires_at or kept.expires_at
    counted = kept.amount if _counts(kept) else Decimal(0)
    if until > now() and amount > counted:
        _require(wallet, amount - counted)
    kept.amount, kept.expires_at = amount, until
    kept.state = Hold.State.OPEN
    kept.closed_at = None
    kept.save(update_fields=["amount", "expires_at", "state", "closed_at"])
    return kept


def settle(*, hold: Hold, amount: Decimal, cause: str, note: str = "") -> Posting:
    """Charge `amount` of what was reserved and free the rest; the same cause again gives the first posting.

    A hold that expired or was released before its bill came is charged all the same: what was used is owed, and the
    balance may go below zero by it. Amount 0 notes that nothing was owed.

    Raises ValueError for more than was reserved, Conflict when the hold was settled for another cause.
    """
    amount = _not_negative(amount)
    said, posting, fell = _asked("billing_settle", hold.pk, amount, cause, _kind(cause), note[:300], now())
    if said == "more":
        raise ValueError(f"{hold.cause}: {amount} is more than was reserved")
    if said in ("settled", "taken"):
        raise Conflict(f"{hold.cause} is settled" if said == "settled" else f"{cause} was posted with other figures")
    if fell:
        wallet_row.look_after(hold.wallet.portal_id)
    return Posting.objects.get(pk=posting)


def release(*, hold: Hold) -> None:
    """Give back what was reserved. Nothing happens when it is settled, released or expired already."""
    _asked("billing_release", hold.pk, now())


@transaction.atomic
def charge(*, portal_id: int, amount: Decimal, cause: str, note: str = "", forced: bool = False) -> Posting:
    """Charge without a hold; the same cause again gives the first posting.

    `forced` charges what has been used already (a late record of a call) even where the wallet does not hold it: the
    balance goes below zero, and nothing more can be reserved until it is paid. Otherwise raises FundsShort when less is
    available.
    """
    amount = _not_negative(amount)
    wallet = wallet_row.locked(portal_id)
    if (known := ledger.posted(cause)) is not None and known.portal_id == portal_id:
        return known
    if not forced:
        _require(wallet, amount)
    return ledger.spend(wallet, amount=amount, cause=cause, kind=_kind(cause), note=note)


def expire_holds(moment: datetime | None = None) -> int:
    """Mark open holds whose time is over; how many. They have not counted since; this keeps the open ones few."""
    moment = moment or now()
    rows = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=moment)
    return rows.update(state=Hold.State.EXPIRED, closed_at=moment)


def held(wallet: Wallet) -> Decimal:
    """What is reserved of the wallet now."""
    open_now = wallet.holds.filter(state=Hold.State.OPEN, expires_at__gt=now())
    return Decimal(open_now.aggregate(sum=Sum("amount"))["sum"] or 0)


def _free(wallet: Wallet) -> Decimal:
    return Decimal(wallet.balance + wallet.credit_limit - held(wallet))


def _require(wallet: Wallet, amount: Decimal) -> None:
    if not amount:  # what costs nothing needs no money, also where the wallet is in debt
        return
    free = _free(wallet)
    if amount > free:
        raise FundsShort(available=free, currency=wallet.currency)


def _kind(cause: str) -> Kind:
    return KINDS.get(cause.partition(":")[0], Kind.USAGE)


def _asked(function: str, *values: Any) -> Any:
    """What a function of the database answers (billing/migrations/0009_money_functions.py)."""
    with connection.cursor() as cursor:
        cursor.callproc(function, values)
        return cursor.fetchone()


def _locked(hold: Hold) -> tuple[Wallet, Hold]:
    """The wallet, locked, and the hold as it is now: a hold changes only under its wallet's lock."""
    wallet = wallet_row.locked(hold.wallet.portal_id)
    return wallet, Hold.objects.select_for_update().get(pk=hold.pk)


def _counts(hold: Hold) -> bool:
    return hold.state == Hold.State.OPEN and hold.expires_at > now()


def _not_negative(amount: Decimal) -> Decimal:
    if exact(amount) < 0:
        raise ValueError("an amount below zero")
    return exact(amount)
