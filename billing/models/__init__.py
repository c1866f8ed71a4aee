"""Billing's tables, all in the public schema."""

from billing.models.invoice import Invoice, InvoiceSeries, Requisites
from billing.models.ledger import Account, Entry, Kind, Posting
from billing.models.meter import MeterCap, MeterDay, MeterEvent, MeterName
from billing.models.operator import Adjustment, LedgerCheck
from billing.models.override import Override
from billing.models.plan import Plan, PlanVersion
from billing.models.subscription import Subscription, SubscriptionChange
from billing.models.upgrade import UpgradeRequest
from billing.models.usage import UsageCounter
from billing.models.wallet import AutoTopUp, Hold, Wallet

__all__ = [
    "Account",
    "Adjustment",
    "AutoTopUp",
    "Entry",
    "Hold",
    "Invoice",
    "InvoiceSeries",
    "Kind",
    "LedgerCheck",
    "MeterCap",
    "MeterDay",
    "MeterEvent",
    "MeterName",
    "Override",
    "Plan",
    "PlanVersion",
    "Posting",
    "Requisites",
    "Subscription",
    "SubscriptionChange",
    "UpgradeRequest",
    "UsageCounter",
    "Wallet",
]
