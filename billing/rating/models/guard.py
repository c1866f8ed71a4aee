"""The fraud guard: what a portal may dial, its caps, and what went wrong."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CallAccount(models.Model):
    """How a portal may call; its row is locked while a call is authorized or settled, so calls of a portal queue here.

    Caps that are null are the service's own (domain/caps.py). `stopped_at` is set while no paid call may start.
    """

    portal = models.OneToOneField("portals.Portal", primary_key=True, on_delete=models.CASCADE, related_name="calling")
    international = models.BooleanField(default=False)
    premium = models.BooleanField(default=False)
    machines_abroad = models.BooleanField(default=False)
    max_concurrent = models.PositiveSmallIntegerField(null=True, blank=True)
    max_per_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    max_seconds = models.PositiveIntegerField(null=True, blank=True)
    max_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    max_spend = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    day = models.DateField(null=True)
    day_spent = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    changed_by = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["stopped_at"], name="callaccount_stopped", condition=Q(stopped_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.portal_id)


class CountryCalled(models.Model):
    """The first time a portal reached a country."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=3)
    first_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "country"], name="countrycalled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.country}"


class Refusal(models.Model):
    """A call that was not allowed, and the rule that said no."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    code = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    call_id = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["portal", "at"], name="refusal_of_portal")]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.code}"


class Alert(models.Model):
    """Something that owners and the operator were told of; one of a kind a portal within an hour."""

    class Kind(models.TextChoices):
        NEW_COUNTRY = "new_country", _("first call to a country")
        SPEND = "spend", _("daily spend reached")
        BURST = "burst", _("many refused calls")
        RATE = "rate", _("too many calls a minute")
        PRICE = "price", _("price above the cap")
        PREFIX = "prefix", _("many calls to one range of numbers")
        STOPPED = "stopped", _("calls stopped")

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="call_alerts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["portal", "kind", "at"], name="alert_of_portal")]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.kind}"
