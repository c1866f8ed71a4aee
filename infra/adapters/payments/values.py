"""What the adapter takes and gives: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Item:
    """A price and how many of it; `id` is the subscription's item, "" for one that it has not yet."""

    price: str
    quantity: int = 1
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class StripeSubscription:
    """A subscription as it stands at Stripe. `pending` is True while a change waits to be paid."""

    id: str
    customer: str
    status: str
    currency: str
    items: tuple[Item, ...]
    period_start: datetime
    period_end: datetime
    cancel_at_period_end: bool
    schedule: str
    latest_invoice: str
    pending: bool
    created: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a schedule makes of a subscription when its period ends."""

    id: str
    items: tuple[Item, ...]
    starts_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """A line of an invoice, in minor units; negative gives back."""

    text: str
    amount: int
    start: datetime
    end: datetime
    price: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a change would cost at once. `due` is what is taken now, after what the customer has as a balance."""

    currency: str
    lines: tuple[PaperLine, ...]
    total: int
    due: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An invoice. `payment` is its payment intent, "" for none; `page` and `pdf` are addresses at Stripe's."""

    id: str
    customer: str
    subscription: str
    number: str
    status: str
    reason: str
    currency: str
    total: int
    due: int
    paid: int
    created: datetime
    paid_at: datetime | None
    next_attempt: datetime | None
    page: str
    pdf: str
    payment: str
    lines: tuple[PaperLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment intent. `operation` and `cause` are what we wrote beside it."""

    id: str
    customer: str
    status: str
    amount: int
    received: int
    currency: str
    operation: str
    cause: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money that went back. `operation` is what we wrote beside it; `came_back`: it did not arrive after all."""

    id: str
    operation: str
    amount: int
    came_back: bool


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A payment that the payer's bank questions. `taken`: Stripe took the money back from us and has not returned it.
    `due` is until when it can be answered; `over` says that nothing more follows."""

    id: str
    payment: str
    amount: int
    currency: str
    reason: str
    status: str
    taken: bool
    over: bool
    created: datetime
    due: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaxId:
    """A number that stands on invoices (VAT, ИНН); `status` is what became of its check."""

    id: str
    kind: str
    value: str
    status: str


@dataclass(frozen=True, kw_only=True)
class WebPage:
    """A page at Stripe's that the person is sent to."""

    id: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An event: that something happened to an object. What the object says in it may be old by now. Disputes and
    refunds name no customer but the `payment` that they are about."""

    id: str
    kind: str
    created: datetime
    live: bool
    customer: str
    object: str
    object_id: str
    payment: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
