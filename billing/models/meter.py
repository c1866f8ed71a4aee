"""What portals use, event by event and day by day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import DIGITS, PLACES


class MeterName(models.TextChoices):
    """What is metered."""

    MINUTES = "minutes", _("Call minutes")
    STORAGE = "storage_bytes", _("Disk")
    API_CALLS = "api_calls", _("API requests")
    LETTERS = "letters", _("Letters")
    SMS = "sms", _("SMS")
    AI = "ai", _("AI requests")


class MeterEvent(models.Model):
    """One report of use. `cause` is unique for its meter: what is reported twice counts once (promise 35).

    `mirror_asked_at` is when Stripe was first told of it, `mirrored_at` when that was done with.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="meter_events", db_index=False)
    meter = models.CharField(max_length=16, choices=MeterName.choices)
    cause = models.CharField(max_length=160)
    quantity = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    department_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    mirror_asked_at = models.DateTimeField(null=True)
    mirrored_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="meterevent_age"),
            models.Index(fields=["portal", "id"], name="meterevent_unmirrored", condition=Q(mirrored_at__isnull=True)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["meter", "cause"], name="meterevent_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="meterevent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.cause}"


class MeterDay(models.Model):
    """A portal's use of one meter on one day (UTC), of one department (0: of none): the sum, for disk the highest.

    `mirror_asked_at` and `mirrored_at` are for standing counts, which Stripe is told of by the day.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="meter_days")
    meter = models.CharField(max_length=16, choices=MeterName.choices)
    day = models.DateField()
    department_id = models.BigIntegerField(default=0)
    quantity = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    mirror_asked_at = models.DateTimeField(null=True)
    mirrored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "meter", "day", "department_id"], name="meterday_one"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.meter} {self.day}"


class MeterCap(models.Model):
    """How much one department (0: the whole company) may use of a meter in a calendar month (UTC)."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="meter_caps")
    meter = models.CharField(max_length=16, choices=MeterName.choices)
    department_id = models.BigIntegerField(default=0)
    maximum = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "meter", "department_id"], name="metercap_one"),
            models.CheckConstraint(condition=Q(maximum__gte=0), name="metercap_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.meter} {self.department_id}: {self.maximum}"
