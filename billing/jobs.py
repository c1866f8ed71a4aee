"""Billing's jobs: trials that end, what each portal uses, reservations that ended."""

from __future__ import annotations

from billing.domain import memory, subscription, usage, wallet
from infra.db.current import current_schema
from infra.jobs import portal_task, service_task


@service_task(name="billing.end_trials")
def end_trials() -> None:
    """Trials that are over become the fallback plan."""
    subscription.end_trials()


@portal_task(name="billing.review_usage")
def review_usage() -> None:
    """Count what the portal uses, for the operator's lists and for the grace after a downgrade."""
    schema = current_schema()
    usage.review(memory.entitlements(schema), schema)


@service_task(name="billing.expire_holds")
def expire_holds() -> None:
    """Reservations whose time is over are marked."""
    wallet.expire_holds()
