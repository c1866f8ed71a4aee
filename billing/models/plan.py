"""The plan catalogue: plans, and the immutable versions of what each gives and costs."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.contracts import PlanTerms


class Plan(models.Model):
    """A plan as people know it ("Team"). What it gives is in its versions; the newest one is on sale."""

    class Role(models.TextChoices):
        NONE = "", _("none")
        TRIAL = "trial", _("tried by new portals")
        FALLBACK = "fallback", _("after the trial")

    slug = models.SlugField(max_length=40, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.NONE, blank=True)
    trial_days = models.PositiveSmallIntegerField(default=0)
    order = models.PositiveSmallIntegerField(default=100)
    on_sale = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["role"], condition=~models.Q(role=""), name="plan_one_per_role"),
        ]

    def __str__(self) -> str:
        return self.slug


class PlanVersion(models.Model):
    """What a plan gave and cost from some moment on. Never changed: who bought it keeps it."""

    append_only = True

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    titles = models.JSONField()
    summaries = models.JSONField(default=dict)
    prices = models.JSONField()
    year_months = models.PositiveSmallIntegerField()
    features = models.JSONField()
    limits = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["plan", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "number"], name="planversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"

    @property
    def terms(self) -> PlanTerms:
        """The version as a plain value."""
        return PlanTerms(
            titles=dict(self.titles),
            summaries=dict(self.summaries),
            prices={code: Decimal(amount) for code, amount in self.prices.items()},
            year_months=self.year_months,
            features=dict(self.features),
            limits=dict(self.limits),
        )

    @property
    def title(self) -> str:
        """The plan's name in the active language, English where there is none."""
        return in_language(self.titles)

    @property
    def summary(self) -> str:
        """One line for whom the plan is, in the active language."""
        return in_language(self.summaries)


def in_language(texts: dict[str, str]) -> str:
    """The text for the active language, falling back to English."""
    language = (get_language() or "en").split("-")[0]
    return texts.get(language) or texts.get("en", "")
