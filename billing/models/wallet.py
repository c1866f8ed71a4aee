"""A portal's prepaid money: the balance the ledger adds up to, and what is reserved of it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import DIGITS, PLACES


class Wallet(models.Model):
    """One per portal; the row that is locked while its money moves.

    `balance` is the sum of the ledger's wallet entries. `credit_limit` is how far below zero the operator lets it go.
    Below `notice_below` the owners are told; below `auto_below` the saved card is charged `auto_amount`, at most
    `auto_per_day` a day (None: switched off).
    """

    portal_id = models.BigIntegerField(unique=True)
    currency = models.CharField(max_length=3)
    balance = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    credit_limit = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    notice_below = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True)
    auto_below = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True)
    auto_amount = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True)
    auto_per_day = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True)
    noticed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="wallet_credit_limit"),
            models.CheckConstraint(
                condition=Q(auto_below__isnull=True, auto_amount__isnull=True, auto_per_day__isnull=True)
                | Q(auto_below__gte=0, auto_amount__gt=0, auto_per_day__gte=F("auto_amount")),
                name="wallet_auto_top_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id}: {self.balance} {self.currency}"


class Hold(models.Model):
    """Money reserved for something that runs (a call). It counts while it is open and not expired."""

    class State(models.TextChoices):
        OPEN = "open", _("reserved")
        SETTLED = "settled", _("charged")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds", db_index=False)
    cause = models.CharField(max_length=160)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["wallet", "expires_at"], name="hold_open", condition=Q(state="open")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cause"], name="hold_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="hold_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.amount} {self.state}"


class AutoTopUp(models.Model):
    """One automatic charge of a saved card; written down before the payment service is asked."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        TAKEN = "taken", _("taken")
        FAILED = "failed", _("declined")

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="auto_top_ups")
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ASKED)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["wallet", "at"], name="autotopup_of_day")]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.amount} {self.state}"
