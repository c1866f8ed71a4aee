"""Billing's jobs: trials, usage and meters, reservations, wallets, papers, the nightly checks, what Stripe tells."""

from __future__ import annotations

from datetime import UTC, datetime

from billing.domain import (
    auto_top_up,
    basket,
    checkout,
    dunning,
    invoice,
    ledger_check,
    low_balance,
    measuring,
    memory,
    meter,
    mirror,
    payment_event,
    reconcile,
    refresh,
    renewal,
    subscription,
    too_small,
    usage,
    wallet,
)
from billing.models import PaymentCustomer
from infra.adapters.payments import payments_on
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
    """A wallet fell below a mark: tell its owners, charge their card."""
    low_balance.notice(portal_id)
    auto_top_up.top_up_when_low(portal_id)


@service_task(name="billing.look_after_wallets")
def look_after_wallets() -> None:
    """The round over all low wallets, for what the single job missed and for cards to be tried again."""
    for portal_id in low_balance.low_wallets():
        look_after_wallet.apply_async((portal_id,))


@service_task(name="billing.issue_invoices")
def issue_invoices() -> None:
    """Last month's invoices where the month is over and nothing was issued yet; the next ones of plans paid by bank."""
    invoice.issue_due_invoices(datetime.now(UTC))
    renewal.renew_bank_plans()


@service_task(name="billing.check_ledger")
def check_ledger() -> None:
    """Add the whole ledger up, report what differs, and forget single reports of the meters that are old."""
    ledger_check.check_ledger()
    meter.forget_old_events()


@service_task(name="billing.apply_event")
def apply_event(event_id: int) -> None:
    """Bring home what one event of Stripe's is about."""
    payment_event.apply(event_id)


@service_task(name="billing.refresh_customer")
def refresh_customer(customer_id: int) -> None:
    """Ask Stripe how things stand with one customer, for whom somebody waits."""
    customer = PaymentCustomer.objects.select_related("portal").get(pk=customer_id)
    refresh.refresh_subscription(customer)


@service_task(name="billing.apply_events")
def apply_events() -> None:
    """Events that are still waiting, and charges whose outcome is not known."""
    if payments_on():
        payment_event.apply_waiting()
        checkout.finish_open()


@service_task(name="billing.remind_unpaid")
def remind_unpaid() -> None:
    """Letters about missing payments and about plans that are too small, and the end of both graces."""
    dunning.remind_all()
    too_small.remind_all()


@service_task(name="billing.reconcile", queue="default")
def reconcile_payments() -> None:
    """The nightly comparison with Stripe."""
    if payments_on():
        reconcile.reconcile()
        payment_event.forget_old()


@service_task(name="billing.mirror_usage", queue="default")
def mirror_usage() -> None:
    """Stripe's meters show what was used."""
    if payments_on():
        mirror.ensure_meters()
        mirror.mirror_usage()


@service_task(name="billing.sync_prices", queue="default")
def sync_prices() -> None:
    """Stripe knows every price that is on sale."""
    if payments_on():
        basket.sync_prices()
