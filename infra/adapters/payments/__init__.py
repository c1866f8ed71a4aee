"""The way to Stripe: the only place that imports `stripe`. What comes back are frozen values, never its objects.

Each call that changes something takes `key`, the idempotency key that the caller saved before it called: with the same
key Stripe acts once. Amounts are whole minor units (`minor`, `major`).
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

from infra.adapters.payments.amounts import major, minor, smallest
from infra.adapters.payments.checkout import Checkout
from infra.adapters.payments.connection import Declined, Misunderstood, NoAnswer, PaymentsOff, StripeAway
from infra.adapters.payments.customers import Customers
from infra.adapters.payments.events import BadWebhook, Events
from infra.adapters.payments.links import LinkPayment, Links, PaymentLink
from infra.adapters.payments.meters import Meters
from infra.adapters.payments.money import Money
from infra.adapters.payments.prices import Prices
from infra.adapters.payments.subscriptions import Subscriptions
from infra.adapters.payments.values import (
    Dispute,
    Item,
    Paper,
    PaperLine,
    Payment,
    Planned,
    Preview,
    Refund,
    Seen,
    StripeSubscription,
    TaxId,
    WebPage,
)

__all__ = [
    "BadWebhook",
    "Declined",
    "Dispute",
    "Item",
    "LinkPayment",
    "Links",
    "Misunderstood",
    "NoAnswer",
    "Paper",
    "PaperLine",
    "Payment",
    "PaymentLink",
    "Payments",
    "PaymentsOff",
    "Planned",
    "Preview",
    "Refund",
    "Seen",
    "StripeAway",
    "StripeSubscription",
    "TaxId",
    "WebPage",
    "get_payments",
    "links_of",
    "major",
    "minor",
    "payments_on",
    "smallest",
]  # fmt: skip


class Payments(Customers, Prices, Checkout, Subscriptions, Money, Meters, Events):
    """Everything that is asked of Stripe."""


def payments_on() -> bool:
    """Whether this installation takes payments by card at all."""
    return bool(settings.STRIPE_API_KEY)


def get_payments() -> Payments:
    """The payments of this installation. Raises PaymentsOff where there are none."""
    if not payments_on():
        raise PaymentsOff
    return _payments(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE, tuple(settings.STRIPE_WEBHOOK_SECRETS))


def links_of(key: str) -> Links:
    """The payment links of a company's own account, by its own key. Nothing is asked yet."""
    return Links(key, settings.STRIPE_API_BASE, ())


@cache
def _payments(key: str, base: str, secrets: tuple[str, ...]) -> Payments:
    return Payments(key, base, secrets)
