"""The ledger: what every portal paid, used and owes, as balanced postings that are never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PLACES = 6
DIGITS = 18


class Account(models.TextChoices):
    """The chart of accounts, the same for every portal (infra/docs/adr/billing-chart-of-accounts.md).

    Amounts are signed: more is a credit. A wallet of 10 is money we owe the portal; its other side is a debit of
    payments, where the money came in.
    """

    WALLET = "wallet", _("Wallet")
    PAYMENTS = "payments", _("Card payments")
    BANK = "bank", _("Bank transfers")
    REVENUE = "revenue", _("Revenue")
    TAX = "tax", _("Tax to pay")
    GIFTS = "gifts", _("Gifts")
    CORRECTIONS = "corrections", _("Corrections")


class Kind(models.TextChoices):
    """What a posting is about, as a statement names it."""

    TOP_UP = "top_up", _("Top-up")
    TRANSFER = "transfer", _("Bank transfer")
    CALL = "call", _("Call")
    PACK = "pack", _("Pack")
    USAGE = "usage", _("Usage")
    FEE = "fee", _("Plan fee")
    GIFT = "gift", _("Gift")
    CORRECTION = "correction", _("Correction")
    REFUND = "refund", _("Refund")
    DISPUTE = "dispute", _("Disputed payment")
    TAX = "tax", _("Tax")


class Posting(models.Model):
    """One event in money: its cause ("call:17", "topup:pi_…") is posted once, ever, in any portal.

    The portal is a plain number: what was booked stays when the portal is erased, as bookkeeping law wants. `note` and
    `actor` are therefore short and hold no more of a person than the name of who acted for the operator.
    """

    append_only = True

    portal_id = models.BigIntegerField()
    cause = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["portal_id", "id"], name="posting_of_portal")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cause"], name="posting_once"),
            models.CheckConstraint(condition=~Q(cause=""), name="posting_has_cause"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="posting_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.cause}"


class Entry(models.Model):
    """One line of a posting. The lines of a posting sum to zero: the database refuses others (trigger entry_balanced).

    A wallet's line also keeps the balance after it. `portal_id`, `kind` and `at` repeat the posting's, for statements.
    """

    append_only = True

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries", db_index=False)
    portal_id = models.BigIntegerField()
    account = models.CharField(max_length=12, choices=Account.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    balance = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # Statements ask for the wallet's lines alone; the other half of each posting needs no place in these.
            models.Index(fields=["portal_id", "id"], name="entry_of_wallet", condition=Q(account="wallet")),
            models.Index(fields=["portal_id", "kind", "id"], name="entry_of_kind", condition=Q(account="wallet")),
            models.Index(fields=["portal_id", "account", "at", "id"], name="entry_of_period"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_money"),
            models.CheckConstraint(
                condition=Q(account="wallet", balance__isnull=False) | (~Q(account="wallet") & Q(balance__isnull=True)),
                name="entry_wallet_has_balance",
            ),
            models.UniqueConstraint(fields=["posting", "account"], name="entry_one_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
