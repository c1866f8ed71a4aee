"""The one way money is written down: a balanced posting, once per cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from billing.domain import wallet_row
from billing.models import Account, Kind, Posting, Wallet
from billing.models.ledger import DIGITS, PLACES
from infra.kit.errors import Conflict

_STEP = Decimal(1).scaleb(-PLACES)
_LIMIT = Decimal(10) ** (DIGITS - PLACES)


@dataclass(frozen=True)
class Line:
    """One side of a posting: positive is a credit (the wallet grows), negative a debit."""

    account: Account
    amount: Decimal


@transaction.atomic
def post(
    *,
    cause: str,
    lines: Sequence[Line],
    portal_id: int,
    currency: str,
    kind: Kind,
    note: str = "",
    actor: str = "",
) -> Posting:
    """Write down one event in money and move the wallet by its wallet line.

    The second call with a cause gives the first one's posting and moves nothing. Locks the portal's wallet until the
    commit, so everything about one portal's money happens in an order. No lines: it is noted that nothing was owed.

    Raises ValueError for lines that do not sum to zero or are finer than 6 places, Conflict when the cause was posted
    with other lines or for another portal, or the currency is not the wallet's.
    """
    merged = _merged(cause, lines)
    wallet = wallet_row.locked(portal_id)
    if (known := posted(cause)) is not None:
        if known.portal_id != portal_id or known.currency != currency or _written(known) != merged:
            raise Conflict(f"{cause} was posted with other figures")
        return known
    if merged.get(Account.WALLET) and currency != wallet.currency:
        raise Conflict(f"{cause}: the wallet is in {wallet.currency}, not in {currency}")
    return _write(wallet, cause, merged, currency, kind, note, actor)


def spend(wallet: Wallet, *, amount: Decimal, cause: str, kind: Kind, note: str = "") -> Posting:
    """Charge a wallet that the caller has locked, for a `cause` the caller knows to be new. Amount 0 has no lines."""
    lines = _merged(cause, [Line(Account.WALLET, -amount), Line(Account.REVENUE, amount)])
    return _write(wallet, cause, lines, wallet.currency, kind, note, "")


def posted(cause: str) -> Posting | None:
    """What was posted for `cause`, if anything."""
    return Posting.objects.filter(cause=cause).first()


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)


def exact(amount: Decimal) -> Decimal:
    """`amount` as the ledger keeps it. Raises ValueError for a float, for more than 6 places, for what is no number."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or abs(amount) >= _LIMIT:
        raise ValueError(f"{amount!r} is no amount of money")
    kept = amount.quantize(_STEP)
    if kept != amount:
        raise ValueError(f"{amount} is finer than {PLACES} places: round it where it is made")
    return kept


def _merged(cause: str, lines: Sequence[Line]) -> dict[str, Decimal]:
    """The sum for each account, nothing where it is zero."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.account] = sums.get(line.account, Decimal(0)) + exact(line.amount)
    if sum(sums.values()) != 0:
        raise ValueError(f"{cause}: the lines do not sum to zero")
    return {account: amount for account, amount in sums.items() if amount}


def _written(posting: Posting) -> dict[str, Decimal]:
    return dict(posting.entries.values_list("account", "amount"))


def _write(
    wallet: Wallet, cause: str, lines: dict[str, Decimal], currency: str, kind: Kind, note: str, actor: str
) -> Posting:
    posting = Posting(
        portal_id=wallet.portal_id,
        cause=cause,
        kind=kind,
        currency=currency,
        note=note[:300],
        actor=actor[:200],
        at=now(),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT posting, fell FROM public.billing_post(%s, %s, %s, %s, %s, %s, %s::text[], %s::numeric[], %s)",
            [
                *(posting.portal_id, cause, kind, currency, posting.note, posting.actor),
                *(list(map(str, lines)), list(lines.values()), posting.at),
            ],
        )
        posting.pk, fell = cursor.fetchone()
    if posting.pk is None:  # another portal posts the same cause at this moment
        raise Conflict(f"{cause} was posted with other figures")
    posting._state.adding = False
    wallet.balance += lines.get(Account.WALLET, Decimal(0))
    if fell:
        wallet_row.look_after(wallet.portal_id)
    return posting
