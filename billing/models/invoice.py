"""Papers: who buys and sells, number series without gaps, invoices as they were issued."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import DIGITS, PLACES


class Requisites(models.Model):
    """A company as papers name it. The operator's own are the seller's; `bank` and `vat_rate` are for them alone."""

    portal = models.OneToOneField("portals.Portal", on_delete=models.CASCADE, related_name="requisites")
    legal_name = models.CharField(_("legal name"), max_length=200)
    tax_id = models.CharField(_("tax number"), max_length=40, blank=True)
    registration = models.CharField(_("registration number"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2)
    address = models.CharField(_("address"), max_length=300)
    email = models.EmailField(_("e-mail for papers"), blank=True)
    bank = models.TextField(_("bank details"), max_length=500, blank=True)
    vat_rate = models.DecimalField(_("VAT, per cent"), max_digits=5, decimal_places=2, default=Decimal(0))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(vat_rate__gte=0, vat_rate__lt=100), name="requisites_vat_rate"),
        ]

    def __str__(self) -> str:
        return self.legal_name


class InvoiceSeries(models.Model):
    """A row of numbers; locked while one is taken, so that none is missing and none is there twice."""

    code = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.code} {self.last}"


class Invoice(models.Model):
    """A paper as it was issued: everything printed is kept here, so it prints the same for ever.

    `usage` says what a month cost and was paid from the wallet; `payment` asks for a bank transfer, for the wallet or a
    plan (`plan_version` and `period`); `receipt` says that a top-up by card has come (`cause` is its posting's).
    `total` contains `vat`. The portal is a plain number: papers outlive a portal.
    """

    class Purpose(models.TextChoices):
        USAGE = "usage", _("Usage of a month")
        TOP_UP = "top_up", _("Wallet top-up")
        PLAN = "plan", _("Plan")
        RECEIPT = "receipt", _("Receipt of a top-up")

    class State(models.TextChoices):
        OPEN = "open", _("to pay")
        PAID = "paid", _("paid")
        CANCELLED = "cancelled", _("cancelled")

    portal_id = models.BigIntegerField()
    series = models.CharField(max_length=20)
    serial = models.PositiveIntegerField()
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    currency = models.CharField(max_length=3)
    lines = models.JSONField()
    total = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    vat = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    seller = models.JSONField()
    buyer = models.JSONField()
    language = models.CharField(max_length=10)
    issued_on = models.DateField()
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    due_on = models.DateField(null=True)
    plan_version = models.ForeignKey("billing.PlanVersion", null=True, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=5, blank=True)
    cause = models.CharField(max_length=160, blank=True)
    asked_by = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["portal_id", "-id"], name="invoice_of_portal"),
            models.Index(fields=["-id"], name="invoice_open", condition=Q(state="open")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["series", "serial"], name="invoice_number"),
            models.UniqueConstraint(
                fields=["portal_id", "currency", "period_start"],
                condition=Q(purpose="usage"),
                name="invoice_one_a_month",
            ),
            models.UniqueConstraint(fields=["cause"], condition=~Q(cause=""), name="invoice_one_a_cause"),
            models.CheckConstraint(condition=Q(vat__lte=F("total")) | Q(total__lt=0), name="invoice_vat_inside"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As printed: "2026-000012"."""
        return f"{self.series}-{self.serial:06}"
