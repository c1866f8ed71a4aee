"""Promotion codes that the operator gives out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class PromoCode(models.Model):
    """Percent or an amount off the first `months` months (None: for good), once a portal, at most `most` portals."""

    code = models.CharField(max_length=40, unique=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, blank=True)
    months = models.PositiveSmallIntegerField(null=True)
    most = models.PositiveIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    promotion = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True, currency="")
                | (Q(percent__isnull=True, amount__gt=0) & ~Q(currency="")),
                name="promocode_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromoUse(models.Model):
    """A portal has used a code."""

    promo = models.ForeignKey(PromoCode, on_delete=models.PROTECT, related_name="uses")
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="promo_uses")
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["promo", "portal"], name="promouse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.promo_id} {self.portal_id}"
