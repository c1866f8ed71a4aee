"""What a portal uses of each limit; the row that is locked while somebody takes a place."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class UsageDay(models.Model):
    """What a portal used of a limit on one day, as of that day's last count: the history behind the forecast."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="usage_days")
    limit = models.CharField(max_length=80)
    day = models.DateField()
    used = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "limit", "day"], name="usageday_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.limit} {self.day}: {self.used}"


class UsageCounter(models.Model):
    """One portal's use of one limit, in the limit's unit.

    For limits that a module counts itself `used` is the last count (for the operator's lists); for the others it is the
    truth.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="usage")
    limit = models.CharField(max_length=80)
    used = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "limit"], name="usage_one_per_limit"),
            models.CheckConstraint(condition=Q(used__gte=0), name="usage_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.limit}: {self.used}"
