"""Companies: clients, suppliers, partners, and the portal's own legal entities."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from modules.crm.models.choices import ClientType, Currency, Employees, Industry, Source
from modules.crm.models.product import PriceType
from modules.crm.models.record import ALIVE, EMPTY_OBJECT, Record


class Company(Record):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """A company. `parent` makes a holding; `is_own` marks the legal entities we sell from."""

    kind: ClassVar[str] = "company"

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=300)
    type = models.CharField(_("type"), max_length=10, choices=ClientType.choices, default=ClientType.CLIENT)
    industry = models.CharField(_("industry"), max_length=15, choices=Industry.choices, blank=True)
    employees = models.CharField(_("employees"), max_length=5, choices=Employees.choices, blank=True)
    revenue = models.DecimalField(_("yearly revenue"), max_digits=15, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="branches",
        db_index=False,
        verbose_name=_("part of"),
    )
    price_type = models.ForeignKey(
        PriceType,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("price type"),
    )
    discount = models.DecimalField(
        _("personal discount, %"), max_digits=5, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    is_own = models.BooleanField(_("our own company"), default=False)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.OTHER)
    source_detail = models.CharField(_("details of the source"), max_length=200, blank=True)
    marks = models.JSONField(_("marks of the visit"), default=dict, blank=True, db_default=EMPTY_OBJECT)
    lead = models.ForeignKey(
        "crm.Lead",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("lead"),
    )

    class Meta(Record.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="crm_company_has_name"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="crm_company_not_own_parent"),
            models.CheckConstraint(condition=Q(revenue__gte=0), name="crm_company_revenue"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100), name="crm_company_discount"),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["name", "id"], condition=ALIVE, name="crm_company_name"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="crm_company_parent"),
            models.Index(fields=["lead"], condition=Q(lead__isnull=False), name="crm_company_lead"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.name
