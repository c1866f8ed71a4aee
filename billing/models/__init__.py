"""Billing's tables, all in the public schema."""

from billing.models.ledger import Account, Entry, Kind, Posting
from billing.models.override import Override
from billing.models.plan import Plan, PlanVersion
from billing.models.subscription import Subscription, SubscriptionChange
from billing.models.upgrade import UpgradeRequest
from billing.models.usage import UsageCounter
from billing.models.wallet import Hold, Wallet

__all__ = [
    "Account",
    "Entry",
    "Hold",
    "Kind",
    "Override",
    "Plan",
    "PlanVersion",
    "Posting",
    "Subscription",
    "SubscriptionChange",
    "UpgradeRequest",
    "UsageCounter",
    "Wallet",
]
