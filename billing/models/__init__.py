"""Billing's tables, all in the public schema."""

from billing.models.override import Override
from billing.models.plan import Plan, PlanVersion
from billing.models.subscription import Subscription, SubscriptionChange
from billing.models.upgrade import UpgradeRequest
from billing.models.usage import UsageCounter

__all__ = ["Override", "Plan", "PlanVersion", "Subscription", "SubscriptionChange", "UpgradeRequest", "UsageCounter"]
