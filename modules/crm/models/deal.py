"""Deals: what is being sold, to whom, for how much, and how far it is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.choices import DealType, Source
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import Stage
from modules.crm.models.record import ALIVE, EMPTY_OBJECT, Record, dated, mine, newest
from modules.crm.models.staged import Staged


class Deal(Staged):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """A deal. `amount` is in `currency`; where `amount_by_hand` is false it is the total of the deal's products.

    `probability` is in percent; null means the stage's. `closes_on` is the expected day, `closed_at` the real moment.
    """

    kind: ClassVar[str] = "deal"

    title = models.CharField(_("title"), max_length=200)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="+", verbose_name=_("stage"), db_index=False
    )
    type = models.CharField(_("type"), max_length=10, choices=DealType.choices, default=DealType.SALE)
    amount_by_hand = models.BooleanField(default=True, editable=False)
    probability = models.PositiveSmallIntegerField(_("probability"), null=True, blank=True)
    begins_on = models.DateField(_("begins"), null=True, blank=True)
    closes_on = models.DateField(_("expected to close"), null=True, blank=True)
    company = models.ForeignKey(
        Company,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deals",
        db_index=False,
        verbose_name=_("company"),
    )
    contacts = models.ManyToManyField(Contact, through="crm.DealContact", related_name="deals")
    own_company = models.ForeignKey(
        Company,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("sold by"),
    )
    lead = models.ForeignKey(
        Lead,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="deals",
        db_index=False,
        verbose_name=_("lead"),
    )
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.OTHER)
    source_detail = models.CharField(_("details of the source"), max_length=200, blank=True)
    marks = models.JSONField(_("marks of the visit"), default=dict, blank=True, db_default=EMPTY_OBJECT)
    goods_done_at = models.DateTimeField(_("goods handed over"), null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_deal_amount_not_negative"),
            models.CheckConstraint(condition=~Q(title=""), name="crm_deal_has_title"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__lte=100), name="crm_deal_probability"
            ),
        ]
        indexes = [
            newest("stage", "reached", "responsible", "source", "amount", "currency", "closed_at"),
            mine("stage", "source", "amount", "currency", "closed_at"),
            *Record.Meta.indexes[2:],
            models.Index(fields=["-amount", "-id"], condition=ALIVE, name="crm_deal_amount"),
            dated("deal", "begins_on"),
            models.Index(fields=["closes_on", "id"], condition=ALIVE, name="crm_deal_closes"),
            models.Index(
                fields=["-closed_at", "-id"],
                include=["stage", "reached", "responsible", "source", "type", "amount", "currency"],
                condition=ALIVE & Q(closed_at__isnull=False),
                name="crm_deal_closed",
            ),
            models.Index(fields=["stage", "-stage_since", "-id"], condition=ALIVE, name="crm_deal_board"),
            models.Index(fields=["stage", "-created_at", "-id"], condition=ALIVE, name="crm_deal_stage_newest"),
            models.Index(
                fields=["responsible", "next_step_at"],
                condition=ALIVE & Q(closed_at__isnull=True),
                name="crm_deal_attention",
            ),
            models.Index(fields=["company"], condition=Q(company__isnull=False), name="crm_deal_company"),
            models.Index(fields=["lead"], condition=Q(lead__isnull=False), name="crm_deal_lead"),
        ]

    def __str__(self) -> str:
        return self.title


class DealContact(PortalModel):
    """A contact takes part in a deal; the one at the lowest position is the main one."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="participants", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="participations")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["deal", "contact"], name="crm_deal_contact_once")]
