"""Billing's jobs: trials, usage and meters, reservations that ended, low wallets, papers, the nightly check."""

from __future__ import annotations

from datetime import UTC, datetime

from billing.domain import invoice, ledger_check, low_balance, measuring, memory, meter, subscription, usage, wallet
from infra.db.current import current_schema
from infra.jobs import portal_task, service_task


@service_task(name="billing.end_trials")
def end_trials() -> None:
    """Trials that are over become the fallback plan."""
    subscription.end_trials()


@portal_task(name="billing.review_usage")
def review_usage() -> None:
    """Count what the portal uses: for the operator's lists, for the grace after a downgrade, for the meters."""
    schema = current_schema()
    usage.review(memory.entitlements(schema), schema)
    measuring.measure()


@service_task(name="billing.expire_holds")
def expire_holds() -> None:
    """Reservations whose time is over are marked."""
    wallet.expire_holds()


@service_task(name="billing.look_after_wallet")
def look_after_wallet(portal_id: int) -> None:
    """A wallet fell below a mark: tell its owners."""
    low_balance.notice(portal_id)


@service_task(name="billing.look_after_wallets")
def look_after_wallets() -> None:
    """The round over all low wallets, for what the single job missed and for cards to be tried again."""
    for portal_id in low_balance.low_wallets():
        look_after_wallet.apply_async((portal_id,))


@service_task(name="billing.issue_invoices")
def issue_invoices() -> None:
    """Last month's invoices, wherever the month is over and nothing was issued yet."""
    invoice.issue_due_invoices(datetime.now(UTC))


@service_task(name="billing.check_ledger")
def check_ledger() -> None:
    """Add the whole ledger up, report what differs, and forget single reports of the meters that are old."""
    ledger_check.check_ledger()
    meter.forget_old_events()
