"""An exception to a plan, made for one portal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Override(models.Model):
    """One feature or limit that differs from the portal's plan, why, and until when (None: until withdrawn)."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="overrides")
    key = models.CharField(max_length=80)
    feature = models.BooleanField(null=True)
    maximum = models.BigIntegerField(null=True)
    unlimited = models.BooleanField(default=False)
    reason = models.CharField(max_length=300)
    expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=200)
    granted_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["portal", "key"], condition=Q(withdrawn_at__isnull=True), name="override_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(feature__isnull=False, maximum__isnull=True, unlimited=False)
                | Q(feature__isnull=True, maximum__gte=0, unlimited=False)
                | Q(feature__isnull=True, maximum__isnull=True, unlimited=True),
                name="override_one_kind",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.key}"
