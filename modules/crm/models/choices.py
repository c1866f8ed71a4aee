"""Words that several records choose from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """Where a record came from."""

    FORM = "form", _("Form on a site")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    AD = "ad", _("Advertising")
    SOCIAL = "social", _("Social network")
    REFERRAL = "referral", _("Recommendation")
    EVENT = "event", _("Exhibition or event")
    PARTNER = "partner", _("Partner")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    OTHER = "other", _("Other")


class Currency(models.TextChoices):
    """Currencies of amounts (ISO 4217)."""

    RUB = "RUB", _("Russian rouble")
    USD = "USD", _("US dollar")
    EUR = "EUR", _("Euro")
    PLN = "PLN", _("Polish zloty")
    BRL = "BRL", _("Brazilian real")
    VND = "VND", _("Vietnamese dong")
    GBP = "GBP", _("Pound sterling")
    KZT = "KZT", _("Kazakhstani tenge")
    BYN = "BYN", _("Belarusian rouble")
    CNY = "CNY", _("Chinese yuan")


class Honorific(models.TextChoices):
    """How a person is addressed."""

    MR = "mr", _("Mr")
    MRS = "mrs", _("Mrs")
    MS = "ms", _("Ms")
    DR = "dr", _("Dr")
    PROF = "prof", _("Prof.")


class ClientType(models.TextChoices):
    """What a contact or company is to us."""

    CLIENT = "client", _("Client")
    SUPPLIER = "supplier", _("Supplier")
    PARTNER = "partner", _("Partner")
    COMPETITOR = "competitor", _("Competitor")
    OTHER = "other", _("Other")


class DealType(models.TextChoices):
    """What a deal is about."""

    SALE = "sale", _("Sale")
    SERVICE = "service", _("Service")
    PURCHASE = "purchase", _("Purchase")


class Industry(models.TextChoices):
    """What a company does."""

    IT = "it", _("Information technology")
    TELECOM = "telecom", _("Telecommunications")
    MANUFACTURING = "manufacturing", _("Manufacturing")
    CONSTRUCTION = "construction", _("Construction")
    TRADE = "trade", _("Trade")
    FOOD = "food", _("Food and catering")
    LOGISTICS = "logistics", _("Transport and logistics")
    FINANCE = "finance", _("Banking and finance")
    CONSULTING = "consulting", _("Consulting")
    MEDIA = "media", _("Media and advertising")
    HEALTH = "health", _("Health care")
    EDUCATION = "education", _("Education")
    TOURISM = "tourism", _("Hotels and travel")
    PUBLIC = "public", _("Public sector")
    NONPROFIT = "nonprofit", _("Non-profit")
    OTHER = "other", _("Other")


class Employees(models.TextChoices):
    """How many people work at a company."""

    UP_TO_10 = "10", _("up to 10")
    UP_TO_50 = "50", _("11 to 50")
    UP_TO_250 = "250", _("51 to 250")
    UP_TO_1000 = "1000", _("251 to 1,000")
    MORE = "more", _("more than 1,000")
