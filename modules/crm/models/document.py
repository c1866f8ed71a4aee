"""Quotes and invoices: what is offered and billed, by product rows, and what was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel
from modules.crm.models.choices import Currency, InvoiceStatus, PaymentMethod, QuoteStatus
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.deal import Deal
from modules.crm.models.record import ALIVE, Record, person_key
from modules.crm.models.requisite import BankAccount, Requisite


def _optional(model: type[models.Model], title: Any, related_name: str = "+", **more: Any) -> Any:
    return models.ForeignKey(
        model,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name=related_name,
        db_index=False,
        verbose_name=title,
        **more,
    )


class Document(Record):
    """What a quote and an invoice share. Amounts are in `currency`: `net` + `vat` = `total`, the sums of its rows.

    `company` and `contact` are the buyer; `payer` and `consignee` where they are others. `public_token` opens the page
    for the client, null where nobody may open it. `year` and `sequence` are the place in the number series.
    """

    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("number"), max_length=60, blank=True, editable=False)
    year = models.PositiveSmallIntegerField(null=True, editable=False)
    sequence = models.PositiveIntegerField(null=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    net = models.DecimalField(_("without VAT"), max_digits=17, decimal_places=3, default=Decimal(0), editable=False)
    vat = models.DecimalField(_("VAT"), max_digits=17, decimal_places=3, default=Decimal(0), editable=False)
    total = models.DecimalField(_("total"), max_digits=17, decimal_places=3, default=Decimal(0), editable=False)
    company = _optional(Company, _("company"), "%(class)ss")
    contact = _optional(Contact, _("contact"), "%(class)ss")
    payer = _optional(Company, _("payer"))
    consignee = _optional(Company, _("consignee"))
    own_company = _optional(Company, _("sold by"))
    requisite = _optional(Requisite, _("requisites"))
    account = _optional(BankAccount, _("bank account"))
    deal = _optional(Deal, _("deal"), "%(class)ss")
    issued_on = models.DateField(_("date"), null=True, blank=True)
    terms = models.TextField(_("terms for the client"), max_length=5_000, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en", editable=False)
    public_token = models.CharField(max_length=60, null=True, unique=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    seen_at = models.DateTimeField(_("seen by the client"), null=True, editable=False)

    class Meta(Record.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


def _sums(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=~Q(title=""), name=f"crm_{name}_has_title"),
        models.CheckConstraint(condition=Q(total=F("net") + F("vat")), name=f"crm_{name}_total"),
        models.CheckConstraint(condition=Q(net__gte=0, vat__gte=0), name=f"crm_{name}_sums"),
    ]


def _orders(name: str, last_day: str) -> list[models.Index]:
    return [
        *Record.Meta.indexes,
        models.Index(fields=["-total", "-id"], condition=ALIVE, name=f"crm_{name}_amount"),
        models.Index(fields=[last_day, "id"], condition=ALIVE, name=f"crm_{name}_last_day"),
        models.Index(fields=["status", "-created_at", "-id"], condition=ALIVE, name=f"crm_{name}_status"),
        models.Index(fields=["deal"], condition=Q(deal__isnull=False), name=f"crm_{name}_deal"),
        models.Index(fields=["company"], condition=Q(company__isnull=False), name=f"crm_{name}_company"),
    ]


class Quote(Document):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """An offer to a client, valid to the end of `valid_until`. `answered_by` is the name given with the answer."""

    kind: ClassVar[str] = "quote"

    status = models.CharField(_("status"), max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.DRAFT)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answered_by = models.CharField(_("answered by"), max_length=150, blank=True, editable=False)
    answer_note = models.CharField(_("note of the client"), max_length=1_000, blank=True, editable=False)

    class Meta(Document.Meta):
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            *_sums("quote"),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "declined"]) | Q(answered_at__isnull=False),
                name="crm_quote_answered",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="crm_quote_number_once"),
        ]
        indexes = _orders("quote", "valid_until")


class Invoice(Document):
    """A bill. `paid` is the sum of its payments; its number is given when it is issued, and stays."""

    kind: ClassVar[str] = "invoice"

    status = models.CharField(_("status"), max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    due_on = models.DateField(_("due"), null=True, blank=True)
    paid = models.DecimalField(
        pgettext_lazy("of an invoice", "paid"), max_digits=17, decimal_places=3, default=Decimal(0), editable=False
    )
    paid_at = models.DateTimeField(_("paid in full"), null=True, editable=False)
    quote = models.ForeignKey(
        Quote, on_delete=models.SET_NULL, null=True, blank=True, related_name="invoices", editable=False
    )
    goods_done_at = models.DateTimeField(_("goods handed over"), null=True, editable=False)
    as_issued = models.JSONField(null=True, editable=False)  # seller, buyer and bank as they stood on that day
    reserves = models.BooleanField(_("goods are reserved"), default=False, editable=False)
    stripe_link_id = models.CharField(max_length=80, blank=True, editable=False)
    stripe_link_url = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(Document.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            *_sums("invoice"),
            models.CheckConstraint(condition=Q(paid__gte=0), name="crm_invoice_paid"),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(number=""),
                name="crm_invoice_issued_has_number",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="crm_invoice_number_once"),
        ]
        indexes = [
            *_orders("invoice", "due_on"),
            models.Index(fields=["stripe_link_id"], condition=~Q(stripe_link_id=""), name="crm_invoice_stripe"),
        ]

    @property
    def open_amount(self) -> Decimal:
        """What is still to be paid; never below zero."""
        return max(self.total - self.paid, Decimal(0))


class Payment(PortalModel):
    """Money received for an invoice, in its currency. `external_id` is its name at the provider, which counts once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("amount"), max_digits=17, decimal_places=3)
    paid_on = models.DateField(_("paid on"))
    method = models.CharField(_("how"), max_length=8, choices=PaymentMethod.choices, default=PaymentMethod.BANK)
    note = models.CharField(_("note"), max_length=300, blank=True)
    external_id = models.CharField(max_length=120, null=True, unique=True, editable=False)
    author = person_key(_("author"), editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-paid_on", "-id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="crm_payment_positive")]
