"""Requisites: who a company or person is to the law and the bank."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.contact_point import one_owner, owner_indexes, owner_key


class Requisite(Versioned):
    """Legal details by a country's template (`domain/requisite_templates.py`); `tax_number` is what is compared."""

    contact = owner_key(Contact, "requisites")
    company = owner_key(Company, "requisites")
    template = models.CharField(_("template"), max_length=20)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200, blank=True)
    values = models.JSONField(default=dict, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("requisites")
        verbose_name_plural = _("requisites")
        constraints = [models.CheckConstraint(condition=one_owner("contact", "company"), name="crm_requisite_owner")]
        indexes = [
            models.Index(fields=["tax_number"], condition=~Q(tax_number=""), name="crm_requisite_tax"),
            *owner_indexes("crm_requisite", "contact", "company"),
        ]

    def __str__(self) -> str:
        return self.name or self.tax_number


class BankAccount(PortalModel):
    """An account at a bank. Which of the numbers are used depends on the country."""

    requisite = models.ForeignKey(Requisite, on_delete=models.CASCADE, related_name="accounts")
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, blank=True)
    bank = models.CharField(_("bank"), max_length=200, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    bic = models.CharField(_("BIC or sort code"), max_length=20, blank=True)
    correspondent = models.CharField(_("correspondent account"), max_length=40, blank=True)
    iban = models.CharField(_("IBAN"), max_length=40, blank=True)
    swift = models.CharField(_("SWIFT"), max_length=11, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        number = self.iban or self.account
        return ", ".join(part for part in (self.name, self.bank, number, self.currency) if part)
