"""Rows of products on deals, quotes and invoices; what stock they hold."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.choices import HoldKind, Unit
from modules.crm.models.contact_point import one_owner, owner_indexes, owner_key
from modules.crm.models.deal import Deal
from modules.crm.models.document import Invoice, Quote
from modules.crm.models.product import Product


class ProductRow(PortalModel):
    """A row: `quantity` of something at `price` each, less a discount, in the currency of its document.

    `net` + `vat` = `total`, each rounded to the currency's minor unit (`domain/row_sums.py` says how).
    """

    deal = owner_key(Deal, "rows")
    quote = owner_key(Quote, "rows")
    invoice = owner_key(Invoice, "rows")
    product = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="rows", db_index=False
    )
    title = models.CharField(_("title"), max_length=300)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=Decimal(1))
    price = models.DecimalField(_("price"), max_digits=17, decimal_places=4, default=Decimal(0))
    discount_percent = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2, default=Decimal(0))
    discount_amount = models.DecimalField(_("discount"), max_digits=17, decimal_places=3, default=Decimal(0))
    vat_rate = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    vat_included = models.BooleanField(_("price includes VAT"), default=True)
    net = models.DecimalField(max_digits=17, decimal_places=3, default=Decimal(0))
    vat = models.DecimalField(max_digits=17, decimal_places=3, default=Decimal(0))
    total = models.DecimalField(max_digits=17, decimal_places=3, default=Decimal(0))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("product row")
        verbose_name_plural = _("product rows")
        constraints = [
            models.CheckConstraint(condition=one_owner("deal", "quote", "invoice"), name="crm_row_one_owner"),
            models.CheckConstraint(condition=~Q(title=""), name="crm_row_has_title"),
            models.CheckConstraint(condition=Q(quantity__gt=0, price__gte=0), name="crm_row_quantity"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100, discount_amount__gte=0)
                & (Q(discount_percent=0) | Q(discount_amount=0)),
                name="crm_row_discount",
            ),
            models.CheckConstraint(
                condition=Q(vat_rate__isnull=True, vat=0) | Q(vat_rate__gte=0, vat_rate__lte=100), name="crm_row_vat"
            ),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("vat")) & Q(net__gte=0, vat__gte=0), name="crm_row_total"
            ),
        ]
        indexes = [
            *owner_indexes("crm_row", "deal", "quote", "invoice"),
            models.Index(fields=["product"], condition=Q(product__isnull=False), name="crm_row_product"),
        ]

    def __str__(self) -> str:
        return self.title


class StockHold(PortalModel):
    """So much of a product is reserved for, or expected by, a deal or an invoice."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="holds")
    deal = owner_key(Deal, "holds")
    invoice = owner_key(Invoice, "holds")
    kind = models.CharField(max_length=7, choices=HoldKind.choices)
    quantity = models.DecimalField(max_digits=15, decimal_places=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=one_owner("deal", "invoice"), name="crm_hold_one_owner"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="crm_hold_quantity"),
            models.UniqueConstraint(
                fields=["product", "deal", "invoice", "kind"], name="crm_hold_once", nulls_distinct=False
            ),
        ]
        indexes = owner_indexes("crm_hold", "deal", "invoice")
