"""A portal asks for another plan; the operator answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.plan import Plan
from billing.models.subscription import Subscription


class UpgradeRequest(models.Model):
    """Who of a portal asked for which plan; open until the operator answers. One open request a portal."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="upgrade_requests")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=5, choices=Subscription.PERIODS)
    note = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_by_email = models.EmailField()
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal"], condition=Q(answered_at__isnull=True), name="upgrade_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} -> {self.plan_id}"
