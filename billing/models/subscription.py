"""What a portal subscribes to, and the record of every change of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.contracts import Period
from billing.models.plan import PlanVersion


class Subscription(models.Model):
    """The plan version a portal has. While `trial_ends_at` lies ahead it is tried for nothing.

    `unpaid_since` is set from the first refused payment until all is paid. `over_since` is set while the portal uses
    more than its plan gives (after a downgrade); `over_told` counts the letters about it. `active_at` is when somebody
    of the portal was last seen, as of the last count of its use.
    """

    PERIODS: ClassVar = [(Period.MONTH.value, _("a month")), (Period.YEAR.value, _("a year"))]

    portal = models.OneToOneField("portals.Portal", on_delete=models.CASCADE, related_name="subscription")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="subscriptions")
    period = models.CharField(max_length=5, choices=PERIODS, default=Period.MONTH.value)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    unpaid_since = models.DateTimeField(null=True, blank=True)
    over_since = models.DateTimeField(null=True, blank=True)
    over_told = models.PositiveSmallIntegerField(default=0)
    active_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["trial_ends_at"], name="subscription_trial", condition=models.Q(trial_ends_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.version_id}"


class SubscriptionChange(models.Model):
    """One change of a portal's plan: who, from what, to what, why. Only added to."""

    append_only = True

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="subscription_changes")
    before = models.ForeignKey(PlanVersion, null=True, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=5, choices=Subscription.PERIODS)
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.portal_id}: {self.before_id} -> {self.after_id}"
