"""What differs from the deck: mark-ups on it, and prices of one portal alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Markup(models.Model):
    """Percent on every price of the deck: for one portal, the portals of one plan, or all; the closest counts."""

    portal = models.OneToOneField("portals.Portal", null=True, on_delete=models.CASCADE, related_name="call_markup")
    plan = models.CharField(max_length=40, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=2)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan"], condition=Q(portal=None), name="markup_one_per_plan"),
            models.CheckConstraint(condition=Q(portal=None) | Q(plan=""), name="markup_portal_or_plan"),
            models.CheckConstraint(condition=Q(percent__gte=-100), name="markup_no_negative_price"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id or self.plan or '*'}: {self.percent} %"


class OwnRate(models.Model):
    """A price agreed with one portal for one prefix; it goes before the deck, and no mark-up is put on it."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="call_rates")
    currency = models.CharField(max_length=3)
    prefix = models.CharField(max_length=20)
    destination = models.CharField(max_length=120)
    route = models.CharField(max_length=20)
    tariff = models.JSONField()
    cost = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    set_by = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar[list[str]] = ["prefix", "-valid_from"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "currency", "prefix", "valid_from"], name="ownrate_begin"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.prefix}"
