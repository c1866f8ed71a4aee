"""Phones, e-mails, messengers and sites as typed and in the one form that is compared; postal addresses."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.lead import Lead


def owner_key(model: type[models.Model], related_name: str) -> Any:
    """One of the links of which exactly one is filled in."""
    return models.ForeignKey(model, on_delete=models.CASCADE, null=True, related_name=related_name, db_index=False)


def one_owner(*names: str) -> Q:
    """Exactly one of the links `names` is filled in."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


def any_owner(*names: str) -> Q:
    """At least one of the links `names` is filled in."""
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__isnull": False})
    return condition


def owner_indexes(prefix: str, *names: str) -> list[models.Index]:
    """An index per link, over the rows that have it."""
    return [
        models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"{prefix}_{name}")
        for name in names
    ]


class ContactPoint(PortalModel):
    """A way to reach somebody.

    `value` is the E.164 number, the lower-case address, the handle or the address of a page; "" where the text is none
    of these. `label` is its type; for a messenger it names the network.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        MESSENGER = "messenger", _("messenger")
        SITE = "site", _("site")

    class Label(models.TextChoices):
        WORK = "work", _("work")
        MOBILE = "mobile", _("mobile")
        HOME = "home", _("home")
        FAX = "fax", _("fax")
        MAILING = "mailing", _("for mailings")
        OTHER = "other", _("other")

    class Network(models.TextChoices):
        TELEGRAM = "telegram", "Telegram"
        WHATSAPP = "whatsapp", "WhatsApp"
        VIBER = "viber", "Viber"
        VK = "vk", "VK"
        MAX = "max", "MAX"
        SKYPE = "skype", "Skype"
        FACEBOOK = "facebook", "Facebook"
        INSTAGRAM = "instagram", "Instagram"
        WECHAT = "wechat", "WeChat"
        ZALO = "zalo", "Zalo"
        OTHER = "other", _("other")

    lead = owner_key(Lead, "contact_points")
    contact = owner_key(Contact, "contact_points")
    company = owner_key(Company, "contact_points")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    label = models.CharField(max_length=10, blank=True, db_default="")
    typed = models.CharField(max_length=254)
    value = models.CharField(max_length=254, blank=True)
    extension = models.CharField(max_length=10, blank=True, db_default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=one_owner("lead", "contact", "company"), name="crm_point_one_owner")
        ]
        indexes = [
            models.Index(fields=["value"], condition=~Q(value=""), name="crm_point_value"),
            *owner_indexes("crm_point", "lead", "contact", "company"),
        ]

    def __str__(self) -> str:
        return self.typed

    @property
    def label_title(self) -> str:
        """The label for people."""
        words: Any = self.Network if self.kind == self.Kind.MESSENGER else self.Label
        return str(words(self.label).label) if self.label in words.values else self.label


class Address(PortalModel):
    """A postal address of a lead, contact or company."""

    class Kind(models.TextChoices):
        ACTUAL = "actual", _("Actual")
        LEGAL = "legal", _("Legal")
        DELIVERY = "delivery", _("Delivery")
        BILLING = "billing", _("Billing")
        HOME = "home", _("Home")
        OTHER = "other", _("Other")

    lead = owner_key(Lead, "addresses")
    contact = owner_key(Contact, "addresses")
    company = owner_key(Company, "addresses")
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices, default=Kind.ACTUAL)
    street = models.CharField(_("street and house"), max_length=250, blank=True)
    unit = models.CharField(_("flat, office, floor"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=one_owner("lead", "contact", "company"), name="crm_address_one_owner")
        ]
        indexes = owner_indexes("crm_address", "lead", "contact", "company")

    def __str__(self) -> str:
        parts = (self.street, self.unit, self.city, self.region, self.postal_code, self.country)
        return ", ".join(part for part in parts if part)
