"""What we keep of a portal's dealings with Stripe. No card data: only Stripe has seen a card (promise 38)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.addon import AddOnVersion
from billing.models.plan import PlanVersion
from billing.models.subscription import Subscription


class PaymentCustomer(models.Model):
    """The portal as Stripe's customer. Whatever Stripe tells about `customer` is about this portal and no other.

    Each refresh takes a `ticket` before it asks Stripe, see `Refreshed`.
    """

    portal = models.OneToOneField("portals.Portal", on_delete=models.CASCADE, related_name="payment_customer")
    customer = models.CharField(max_length=80, unique=True)
    ticket = models.BigIntegerField(default=0)
    checkout = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.portal_id} {self.customer}"


class Refreshed(models.Model):
    """The newest ticket whose answer about one thing of a portal's was applied ("" for the subscription, else the id
    of an invoice or payment): what was asked earlier never overwrites what was asked later (promise 29).
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="refreshed", db_index=False)
    about = models.CharField(max_length=120, blank=True)
    ticket = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "about"], name="refreshed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.about} {self.ticket}"


class StripePrice(models.Model):
    """Which of our prices is which of Stripe's: a plan's or an add-on's version, by period and currency."""

    version = models.ForeignKey(PlanVersion, null=True, on_delete=models.PROTECT, related_name="stripe_prices")
    addon = models.ForeignKey(AddOnVersion, null=True, on_delete=models.PROTECT, related_name="stripe_prices")
    period = models.CharField(max_length=5, choices=Subscription.PERIODS)
    currency = models.CharField(max_length=3)
    price = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(version__isnull=False, addon__isnull=True) | Q(version__isnull=True, addon__isnull=False),
                name="stripeprice_one_thing",
            ),
            models.UniqueConstraint(fields=["version", "period", "currency"], name="stripeprice_plan"),
            models.UniqueConstraint(fields=["addon", "period", "currency"], name="stripeprice_addon"),
        ]

    def __str__(self) -> str:
        return self.price


class PaidSubscription(models.Model):
    """The portal's subscription at Stripe as of the last refresh. `planned` is what begins at the period's end.

    `reminded` counts the letters of the dunning that is under way.
    """

    LIVE = ("active", "trialing", "past_due", "unpaid")

    portal = models.OneToOneField("portals.Portal", on_delete=models.CASCADE, related_name="paid_subscription")
    subscription = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    ends = models.BooleanField(default=False)
    schedule = models.CharField(max_length=80, blank=True)
    planned = models.JSONField(null=True)
    pending = models.BooleanField(default=False)
    reminded = models.PositiveSmallIntegerField(default=0)
    refreshed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.portal_id} {self.status}"

    @property
    def is_live(self) -> bool:
        """Whether it is still being paid for, or should be."""
        return self.status in self.LIVE


class PaymentEvent(models.Model):
    """An event of Stripe's, kept as it came. Applied once; `error` says why not yet."""

    event = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=80)
    created = models.DateTimeField()
    customer = models.CharField(max_length=80, blank=True)
    object = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    payment = models.CharField(max_length=80, blank=True)
    body = models.TextField()
    healed = models.BooleanField(default=False)
    received_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="paymentevent_waiting", condition=Q(applied_at__isnull=True)),
            models.Index(fields=["customer", "-id"], name="paymentevent_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.kind}"


class PaymentOperation(models.Model):
    """Something we ask of Stripe, saved before it is asked: its key is sent with every attempt (promise 34).

    One per (portal, kind, cause). An attempt without an answer leaves it open: what happened is found out first.
    """

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="payment_operations")
    kind = models.CharField(max_length=30)
    cause = models.CharField(max_length=160)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    round = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "kind", "cause"], name="operation_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="operation_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cause}"

    @property
    def key(self) -> str:
        """The idempotency key of the attempt that is under way."""
        return f"{self.id}-{self.round}"


class InvoiceCopy(models.Model):
    """An invoice of Stripe's as of the last refresh; amounts in minor units."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="invoice_copies")
    invoice = models.CharField(max_length=80, unique=True)
    number = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    due = models.BigIntegerField()
    paid = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0)
    payment = models.CharField(max_length=80, blank=True)
    page = models.CharField(max_length=500, blank=True)
    lines = models.JSONField(default=list)
    issued_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    next_attempt = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-issued_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["portal", "-issued_at", "-id"], name="invoicecopy_newest"),
        ]

    def __str__(self) -> str:
        return self.number or self.invoice


class Dispute(models.Model):
    """A payment that the payer's bank questions, as of the last refresh; `amount` in minor units.

    `taken`: the bank holds the money. `invoice` is the plan's where it was paid for that; a top-up has none. `told`
    counts what the owners were told: that it began, that it is over. `settled_at` is when the operator found it
    settled in another way.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="disputes")
    dispute = models.CharField(max_length=80, unique=True)
    payment = models.CharField(max_length=80)
    invoice = models.ForeignKey(InvoiceCopy, null=True, on_delete=models.SET_NULL, related_name="disputes")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=40)
    taken = models.BooleanField(default=False)
    over = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    told = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["portal", "payment"], name="dispute_of_payment")]

    def __str__(self) -> str:
        return f"{self.dispute} {self.status}"


class PaymentDifference(models.Model):
    """Something that the nightly comparison found different from what Stripe says, and put right."""

    append_only = True

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="payment_differences")
    what = models.CharField(max_length=60)
    ours = models.CharField(max_length=300, blank=True)
    theirs = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.what}"
