"""Words that several records choose from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    JPY = "JPY", _("Japanese yen")
    KWD = "KWD", _("Kuwaiti dinar")


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


class ProductType(models.TextChoices):
    """Whether there is stock of it."""

    GOODS = "goods", _("Goods")
    SERVICE = "service", _("Service")


class Unit(models.TextChoices):
    """Units of quantities."""

    PIECE = "piece", pgettext_lazy("unit", "pcs")
    SET = "set", pgettext_lazy("unit", "set")
    PACK = "pack", pgettext_lazy("unit", "pack")
    HOUR = "hour", pgettext_lazy("unit", "h")
    DAY = "day", pgettext_lazy("unit", "days")
    MONTH = "month", pgettext_lazy("unit", "months")
    KG = "kg", pgettext_lazy("unit", "kg")
    TONNE = "tonne", pgettext_lazy("unit", "t")
    LITRE = "litre", pgettext_lazy("unit", "l")
    METRE = "metre", pgettext_lazy("unit", "m")
    M2 = "m2", pgettext_lazy("unit", "m²")
    M3 = "m3", pgettext_lazy("unit", "m³")
    SERVICE = "service", pgettext_lazy("unit", "service")


class PriceTypePreset(models.TextChoices):
    """Price types that every portal starts with."""

    RETAIL = "retail", _("Retail")
    WHOLESALE = "wholesale", _("Wholesale")
    DEALER = "dealer", _("Dealer")


class QuoteStatus(models.TextChoices):
    """How far a quote is."""

    DRAFT = "draft", pgettext_lazy("of a quote", "Draft")
    SENT = "sent", pgettext_lazy("of a quote", "Sent")
    SEEN = "seen", pgettext_lazy("of a quote", "Seen")
    ACCEPTED = "accepted", pgettext_lazy("of a quote", "Accepted")
    DECLINED = "declined", pgettext_lazy("of a quote", "Declined")
    EXPIRED = "expired", pgettext_lazy("of a quote", "Expired")


class InvoiceStatus(models.TextChoices):
    """How far an invoice is."""

    DRAFT = "draft", pgettext_lazy("of an invoice", "Draft")
    SENT = "sent", pgettext_lazy("of an invoice", "Issued")
    PART_PAID = "part_paid", pgettext_lazy("of an invoice", "Partly paid")
    PAID = "paid", pgettext_lazy("of an invoice", "Paid")
    OVERDUE = "overdue", pgettext_lazy("of an invoice", "Overdue")
    CANCELLED = "cancelled", pgettext_lazy("of an invoice", "Cancelled")


class PaymentMethod(models.TextChoices):
    """How money came."""

    BANK = "bank", _("Bank transfer")
    CARD = "card", pgettext_lazy("how money came", "Card")
    CASH = "cash", _("Cash")
    STRIPE = "stripe", "Stripe"
    OTHER = "other", _("Other")


class HoldKind(models.TextChoices):
    """Whether goods are kept for somebody or on their way to us."""

    RESERVE = "reserve", pgettext_lazy("of goods", "Reserved")
    EXPECT = "expect", _("Expected")


class Repeats(models.TextChoices):
    """How often something is made again."""

    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    YEAR = "year", _("Every year")


class SeriesOf(models.TextChoices):
    """What has numbers of its own."""

    QUOTE = "quote", _("Quotes")
    INVOICE = "invoice", _("Invoices")
