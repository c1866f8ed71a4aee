"""How this company sells: base currency, number series, its papers' look, what repeats by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel, Versioned
from modules.crm.models.choices import Currency, Repeats, SeriesOf
from modules.crm.models.company import Company
from modules.crm.models.contact_point import one_owner, owner_key
from modules.crm.models.deal import Deal
from modules.crm.models.document import Invoice
from modules.crm.models.record import EMPTY_OBJECT, person_key


class SellingSettings(Versioned):
    """The one row of settings. `stripe_key` is the company's own restricted key, encrypted (`domain/sealing.py`)."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    base_currency = models.CharField(_("base currency"), max_length=3, choices=Currency.choices, blank=True)
    quote_days = models.PositiveSmallIntegerField(_("a quote is valid for, days"), default=14)
    invoice_days = models.PositiveSmallIntegerField(_("an invoice is due in, days"), default=7)
    quote_terms = models.TextField(_("terms on quotes"), max_length=5_000, blank=True)
    invoice_terms = models.TextField(_("terms on invoices"), max_length=5_000, blank=True)
    stripe_key = models.CharField(max_length=500, blank=True, editable=False)
    stripe_key_ends = models.CharField(max_length=4, blank=True, editable=False)
    stripe_secret = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="crm_selling_only_row")]


class Letterhead(Versioned):
    """What the papers of one of our own companies look like and who signs them, one person or two; pictures are keys of
    the storage."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="letterhead")
    colour = models.CharField(_("colour"), max_length=7, default="#0b7285")
    signer = models.CharField(_("signed by"), max_length=150, blank=True)
    signer_post = models.CharField(_("post of the signer"), max_length=150, blank=True)
    second_signer = models.CharField(_("signed besides by"), max_length=150, blank=True, default="", db_default="")
    second_post = models.CharField(
        _("post of the second signer"), max_length=150, blank=True, default="", db_default=""
    )
    footer = models.CharField(_("line at the foot"), max_length=300, blank=True)
    logo_key = models.CharField(max_length=100, blank=True, editable=False)
    signature_key = models.CharField(max_length=100, blank=True, editable=False)
    second_signature_key = models.CharField(max_length=100, blank=True, editable=False, default="", db_default="")
    stamp_key = models.CharField(max_length=100, blank=True, editable=False)


class NumberSeries(Versioned):
    """How quotes or invoices are numbered. `counts` is the number given last by year ("0" where it never restarts)."""

    of = models.CharField(max_length=7, choices=SeriesOf.choices, unique=True)
    template = models.CharField(_("template"), max_length=40)
    yearly = models.BooleanField(_("begins anew every year"), default=True)
    counts = models.JSONField(default=dict, editable=False, db_default=EMPTY_OBJECT)


class Recurrence(Versioned):
    """A deal or invoice that is made again and again after the pattern of one. `next_on` is null once it is over.

    The n-th copy stands `made` periods after `starts_on`, so the 31st comes back after a short month.
    """

    deal = owner_key(Deal, "recurrences")
    invoice = owner_key(Invoice, "recurrences")
    repeats = models.CharField(_("repeats"), max_length=8, choices=Repeats.choices)
    starts_on = models.DateField(_("first time"))
    ends_on = models.DateField(_("last time"), null=True, blank=True)
    next_on = models.DateField(_("next time"), null=True, editable=False)
    made = models.PositiveIntegerField(default=0, editable=False)
    author = person_key(_("author"), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=one_owner("deal", "invoice"), name="crm_recurrence_one_owner"),
            models.UniqueConstraint(fields=["deal", "invoice"], name="crm_recurrence_once", nulls_distinct=False),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(next_on__isnull=False), name="crm_recurrence_due")]


class RecurrenceMade(PortalModel):
    """That a recurrence has made its record of a day: the key that lets it happen once."""

    recurrence = models.ForeignKey(Recurrence, on_delete=models.CASCADE, related_name="copies")
    day = models.DateField()
    record_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recurrence", "day"], name="crm_recurrence_day_once")]
