"""Leave for the operator's people to enter one portal, for a while and a stated reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class SupportAccess(models.Model):
    """One leave: asked for by the operator or given unasked, open from the owner's yes until `expires_at`.

    `granted_by` is the id of the owner in the portal, through whose account support then looks.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("access of support", "asked for")
        OPEN = "open", pgettext_lazy("access of support", "open")
        REFUSED = "refused", pgettext_lazy("access of support", "refused")
        ENDED = "ended", pgettext_lazy("access of support", "ended")

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="support_accesses")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices)
    asked_by = models.CharField(max_length=200, blank=True)
    granted_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["portal", "state"], name="support_portal")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(reason=""), name="support_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(granted_by__isnull=False, expires_at__isnull=False),
                name="support_open_is_granted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether support may be inside now."""
        return self.state == self.State.OPEN and self.expires_at is not None and datetime.now(UTC) < self.expires_at
