"""Included seconds of a portal, and which call holds or used them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext


class Bundle(models.Model):
    """Seconds that were granted: `used` are spent, `held` are reserved for calls that run.

    `destinations` are prefixes, groups of the deck or "home" (fixed and mobile numbers of the portal's country); none
    means everywhere. `cause` tells why it was granted ("plan:2026-03:500"), once each.
    """

    outlives_portal = True

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="call_bundles")
    title = models.CharField(max_length=120)
    cause = models.CharField(max_length=120)
    destinations = models.JSONField(default=list)
    seconds = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=1)
    weight = models.PositiveSmallIntegerField(default=10)
    covers_fee = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "cause"], name="bundle_once"),
            models.CheckConstraint(condition=Q(seconds__gte=F("used") + F("held")), name="bundle_not_overspent"),
            models.CheckConstraint(condition=Q(step__gte=1), name="bundle_step"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.title}"

    @property
    def left(self) -> int:
        """Seconds that no call holds or has used."""
        return self.seconds - self.used - self.held

    @property
    def shown_title(self) -> str:
        """The title, the service's own ones in the active language."""
        return gettext(self.title)

    @property
    def is_home(self) -> bool:
        """Whether it is for plain numbers of the portal's country alone."""
        return bool(self.destinations == ["home"])


class BundleUse(models.Model):
    """Seconds of a bundle that one call holds (`held`), and after its end has used."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="uses")
    call = models.ForeignKey("rating.Call", on_delete=models.CASCADE, related_name="bundle_uses")
    held = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call", "bundle"], name="bundleuse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.bundle_id}"
