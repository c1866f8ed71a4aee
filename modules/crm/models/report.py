"""Reports that people keep, the mail that carries them, and what sales are planned."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from modules.crm.models.pipeline import Pipeline
from modules.crm.models.record import person_key


class Report(Versioned):
    """A report with its settings under a name: which of the catalogue, and the address it was seen at (`query`).

    A `shared` one is offered to everybody; what they see in it is what they may see.
    """

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    source = models.CharField(max_length=20)
    query = models.TextField(max_length=4000, blank=True)
    author = person_key(_("author"), editable=False)
    shared = models.BooleanField(_("shared with everybody"), default=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["author", "name"], name="crm_report_name_once")]

    def __str__(self) -> str:
        return self.name


class ReportMailing(Versioned):
    """A report that goes out by mail, weekly or monthly; `next_at` is when it goes next."""

    class Every(models.TextChoices):
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="mailings")
    every = models.CharField(_("how often"), max_length=5, choices=Every.choices, default=Every.WEEK)
    day = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    author = person_key(_("author"), editable=False)
    next_at = models.DateTimeField(editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23) & Q(day__gte=1, day__lte=28), name="crm_mailing_when")
        ]
        indexes = [models.Index(fields=["next_at"], name="crm_mailing_next")]


class PinnedReport(PortalModel):
    """A report on somebody's start page."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="pins")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "report"], name="crm_report_pinned_once")]


class Goal(Versioned):
    """What is to be sold in the month that begins at `month`: by one person or all, in one pipeline or all."""

    month = models.DateField(_("month"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.UniqueConstraint(fields=["month", "person", "pipeline"], nulls_distinct=False, name="crm_goal_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="crm_goal_positive"),
            models.CheckConstraint(condition=Q(month__day=1), name="crm_goal_of_a_month"),
        ]
