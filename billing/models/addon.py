"""Add-ons: packs of people, disk, numbers or minutes on top of a plan, in immutable versions like plans."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.contracts import Period
from billing.models.plan import in_language


class AddOn(models.Model):
    """A pack as people know it ("10 more people"); its newest version is on sale."""

    slug = models.SlugField(max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(default=100)
    on_sale = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "id"]

    def __str__(self) -> str:
        return self.slug


class AddOnVersion(models.Model):
    """What a pack gave and cost from some moment on: `gives` adds to limits, by key, for each one bought.

    With `days` it is no part of the plan: it is bought once, from the wallet, and what it gives is gone after them.
    """

    append_only = True

    addon = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    titles = models.JSONField()
    prices = models.JSONField()
    year_months = models.PositiveSmallIntegerField()
    gives = models.JSONField()
    days = models.PositiveSmallIntegerField(default=0)
    published_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["addon", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["addon", "number"], name="addonversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.addon_id}/{self.number}"

    @property
    def title(self) -> str:
        """The pack's name in the active language."""
        return in_language(self.titles)

    def price(self, currency: str, period: Period) -> Decimal:
        """What one of it costs a `period`. Raises KeyError for a currency without a price."""
        return Decimal(self.prices[currency]) * (self.year_months if period is Period.YEAR else 1)


class BoughtAddOn(models.Model):
    """How many of a pack a portal has."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="addons")
    version = models.ForeignKey(AddOnVersion, on_delete=models.PROTECT, related_name="bought")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "version"], name="boughtaddon_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="boughtaddon_some"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id}: {self.quantity} x {self.version_id}"
