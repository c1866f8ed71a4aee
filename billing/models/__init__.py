"""Billing's tables, all in the public schema."""

from billing.models.addon import AddOn, AddOnVersion, BoughtAddOn
from billing.models.invoice import Invoice, InvoiceSeries, Requisites
from billing.models.ledger import Account, Entry, Kind, Posting
from billing.models.meter import MeterCap, MeterDay, MeterEvent, MeterName
from billing.models.operator import Adjustment, LedgerCheck
from billing.models.override import Override
from billing.models.payment import (
    Dispute,
    InvoiceCopy,
    PaidSubscription,
    PaymentCustomer,
    PaymentDifference,
    PaymentEvent,
    PaymentOperation,
    Refreshed,
    StripePrice,
)
from billing.models.plan import Plan, PlanVersion
from billing.models.promo import PromoCode, PromoUse
from billing.models.subscription import Subscription, SubscriptionChange
from billing.models.upgrade import UpgradeRequest
from billing.models.usage import UsageCounter, UsageDay
from billing.models.wallet import AutoTopUp, Hold, Wallet

__all__ = [
    "Account",
    "AddOn",
    "AddOnVersion",
    "Adjustment",
    "AutoTopUp",
    "BoughtAddOn",
    "Dispute",
    "Entry",
    "Hold",
    "Invoice",
    "InvoiceCopy",
    "InvoiceSeries",
    "Kind",
    "LedgerCheck",
    "MeterCap",
    "MeterDay",
    "MeterEvent",
    "MeterName",
    "Override",
    "PaidSubscription",
    "PaymentCustomer",
    "PaymentDifference",
    "PaymentEvent",
    "PaymentOperation",
    "Plan",
    "PlanVersion",
    "Posting",
    "PromoCode",
    "PromoUse",
    "Refreshed",
    "Requisites",
    "StripePrice",
    "Subscription",
    "SubscriptionChange",
    "UpgradeRequest",
    "UsageCounter",
    "UsageDay",
    "Wallet",
]
