"""Re-rating: a period rated again, and each difference as an entry of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Rerating(models.Model):
    """Calls of one portal answered from `since` to `until`, rated again by `deck`. The calls themselves stay."""

    outlives_portal = True

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="reratings")
    deck = models.ForeignKey("rating.Deck", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    calls = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    difference = models.DecimalField(max_digits=18, decimal_places=6, default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.since:%Y-%m-%d}"


class Correction(models.Model):
    """What a call costs after a re-rating (or a late word of the switch): never changed, only added to."""

    append_only = True

    call = models.ForeignKey("rating.Call", on_delete=models.PROTECT, related_name="corrections")
    rerating = models.ForeignKey(Rerating, null=True, on_delete=models.PROTECT, related_name="corrections")
    cause = models.CharField(max_length=120, unique=True)
    before = models.DecimalField(max_digits=18, decimal_places=6)
    after = models.DecimalField(max_digits=18, decimal_places=6)
    snapshot = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.cause
