"""The wallet's row: made on first use, locked in one place, moved by the ledger alone."""

from __future__ import annotations

from django.db import connection
from django.db.transaction import TransactionManagementError

from billing.domain import offers
from billing.models import Wallet
from infra import jobs
from tenants.portals.models import Portal


def wallet_of(portal_id: int) -> Wallet:
    """The portal's wallet, in the currency the portal pays in; made on first use. Raises Portal.DoesNotExist."""
    found = Wallet.objects.filter(portal_id=portal_id).first()
    if found is None:
        currency = offers.currency_or_default(Portal.objects.values_list("currency", flat=True).get(pk=portal_id))
        Wallet.objects.bulk_create([Wallet(portal_id=portal_id, currency=currency)], ignore_conflicts=True)
        found = Wallet.objects.get(portal_id=portal_id)
    return found


_currencies: dict[int, str] = {}


def currency_of(portal_id: int) -> str:
    """The currency of the portal's wallet: it never changes, so it is remembered. Raises Portal.DoesNotExist."""
    kept = _currencies.get(portal_id)
    if kept is None:
        kept = wallet_of(portal_id).currency
        if not connection.in_atomic_block:  # what an open transaction made may never come true
            _currencies[portal_id] = kept
    return kept


def locked(portal_id: int) -> Wallet:
    """The wallet, locked until the commit. Whoever locks several does so in the order of portal ids."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("money moves inside a transaction")
    rows = Wallet.objects.select_for_update().filter(portal_id=portal_id)
    found = rows.first()
    if found is None:
        wallet_of(portal_id)
        found = rows.get()
    return found


def look_after(portal_id: int) -> None:
    """The balance fell below a mark of the wallet: a job looks after it once this is committed."""
    jobs.named("billing.look_after_wallet").enqueue(portal_id)  # without the broker the hourly round finds it
