"""Leads: people or companies who showed interest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from modules.crm.models.choices import Currency, Honorific, Source
from modules.crm.models.pipeline import Stage
from modules.crm.models.record import ALIVE, EMPTY_OBJECT, Record, RecordQuerySet, dated, mine, newest
from modules.crm.models.staged import Staged

__all__ = ["ALIVE", "Currency", "Lead", "LeadQuerySet", "Source"]

LeadQuerySet = RecordQuerySet["Lead"]


class Lead(Staged):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """Someone who showed interest. `amount` is in `currency`.

    `contact` and `company` are whom it became, or who came again; `converted_at` says when it was converted.
    """

    kind: ClassVar[str] = "lead"

    title = models.CharField(_("title"), max_length=200)
    honorific = models.CharField(
        _("form of address"), max_length=5, choices=Honorific.choices, blank=True, db_default=""
    )
    person_name = models.CharField(_("person"), max_length=200, blank=True)
    post = models.CharField(_("post"), max_length=150, blank=True, db_default="")
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="+", verbose_name=_("stage"), db_index=False
    )
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.OTHER)
    source_detail = models.CharField(_("details of the source"), max_length=200, blank=True)
    marks = models.JSONField(_("marks of the visit"), default=dict, blank=True, db_default=EMPTY_OBJECT)
    contact = models.ForeignKey(
        "crm.Contact",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
        verbose_name=_("contact"),
    )
    company = models.ForeignKey(
        "crm.Company",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
        verbose_name=_("company"),
    )
    answered_at = models.DateTimeField(_("first answered"), null=True, editable=False)
    converted_at = models.DateTimeField(_("converted"), null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_lead_amount_not_negative"),
            models.CheckConstraint(condition=~Q(title=""), name="crm_lead_has_title"),
        ]
        indexes = [
            newest("stage", "reached", "responsible", "source", "amount", "currency", "closed_at", "answered_at"),
            mine("stage", "source", "amount", "currency", "closed_at"),
            *Record.Meta.indexes[2:],
            models.Index(fields=["-amount", "-id"], condition=ALIVE, name="crm_lead_amount"),
            models.Index(
                fields=["-closed_at", "-id"],
                include=["stage", "reached", "responsible", "lost_reason", "amount", "currency"],
                condition=ALIVE & Q(closed_at__isnull=False),
                name="crm_lead_closed",
            ),
            models.Index(fields=["stage", "-stage_since", "-id"], condition=ALIVE, name="crm_lead_board"),
            models.Index(fields=["stage", "-created_at", "-id"], condition=ALIVE, name="crm_lead_stage_newest"),
            models.Index(
                fields=["responsible", "next_step_at"],
                condition=ALIVE & Q(closed_at__isnull=True),
                name="crm_lead_attention",
            ),
            models.Index(
                fields=["responsible"],
                condition=ALIVE & Q(closed_at__isnull=True, answered_at__isnull=True),
                name="crm_lead_unanswered",
            ),
            dated("lead", "birthday"),
            models.Index(fields=["contact"], condition=Q(contact__isnull=False), name="crm_lead_contact"),
            models.Index(fields=["company"], condition=Q(company__isnull=False), name="crm_lead_company"),
        ]

    def __str__(self) -> str:
        return self.title
