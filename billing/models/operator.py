"""What the operator does to wallets by hand, and what the nightly check of the ledger found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import DIGITS, PLACES, Kind


class Adjustment(models.Model):
    """A gift or a correction of a wallet: who asked and why; over a bound a second person decides before it counts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a second person")
        DONE = "done", _("booked")
        REFUSED = "refused", _("refused")

    KINDS: ClassVar = [(Kind.GIFT.value, Kind.GIFT.label), (Kind.CORRECTION.value, Kind.CORRECTION.label)]

    portal_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=KINDS)
    amount = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices)
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["portal_id", "-id"], name="adjustment_of_portal"),
            models.Index(fields=["-id"], name="adjustment_waiting", condition=Q(state="waiting")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_moves_money"),
            models.CheckConstraint(condition=~Q(kind="gift") | Q(amount__gt=0), name="adjustment_gift_gives"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_has_reason"),
            models.CheckConstraint(
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("asked_by_id")),
                name="adjustment_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.kind} {self.amount}"


class LedgerCheck(models.Model):
    """One run of the nightly check: how much was added up, and what did not agree. Only added to."""

    append_only = True

    at = models.DateTimeField(auto_now_add=True)
    wallets = models.PositiveIntegerField()
    postings = models.PositiveBigIntegerField()
    differences = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {len(self.differences)}"
