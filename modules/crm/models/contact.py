"""Contacts: people we deal with, and the companies they work at."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel
from modules.crm.models.choices import ClientType, Honorific, Source
from modules.crm.models.company import Company
from modules.crm.models.product import PriceType
from modules.crm.models.record import ALIVE, EMPTY_OBJECT, Record, dated


class Contact(Record):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """A person. `name` is the full name as shown and sorted, kept from its parts by the verbs."""

    kind: ClassVar[str] = "contact"

    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=310, editable=False)
    honorific = models.CharField(_("form of address"), max_length=5, choices=Honorific.choices, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    post = models.CharField(_("post"), max_length=150, blank=True)
    type = models.CharField(_("type"), max_length=10, choices=ClientType.choices, default=ClientType.CLIENT)
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
    companies = models.ManyToManyField(Company, through="crm.Affiliation", related_name="contacts")

    class Meta(Record.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="crm_contact_has_name"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100), name="crm_contact_discount"),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["name", "id"], condition=ALIVE, name="crm_contact_name"),
            dated("contact", "birthday"),
            models.Index(fields=["lead"], condition=Q(lead__isnull=False), name="crm_contact_lead"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.name


class Affiliation(PortalModel):
    """A contact works at a company, in a post; the one at the lowest position is the main one."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="affiliations", db_index=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="affiliations")
    post = models.CharField(_("post"), max_length=150, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["contact", "company"], name="crm_affiliation_once")]
