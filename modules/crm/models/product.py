"""The catalogue: sections, products with their variants, and what they cost to whom."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from modules.crm.models.choices import Currency, PriceTypePreset, ProductType, Unit
from modules.crm.models.record import ALIVE, EMPTY_OBJECT, Record


class ProductSection(Versioned):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """A section of the catalogue; `parent` makes a tree."""

    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name", "id"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="crm_section_has_name"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="crm_section_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(Record):  # type: ignore[django-manager-missing]  # its manager is made at run time
    """Goods or a service. A variant has a `parent` and `options` such as {"Size": "M"}; only one level is deep.

    `vat_rate` is in percent, null where the sale bears no VAT; `vat_included` says whether the prices contain it.
    `on_hand` is kept by people and by accounting over the API; `reserved` and `expected` are sums of `StockHold`.
    """

    kind: ClassVar[str] = "product"

    title = models.CharField(_("title"), max_length=300)
    type = models.CharField(_("type"), max_length=8, choices=ProductType.choices, default=ProductType.GOODS)
    section = models.ForeignKey(
        ProductSection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="products",
        db_index=False,
        verbose_name=_("section"),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="variants",
        db_index=False,
        verbose_name=_("variant of"),
    )
    options = models.JSONField(_("options"), default=dict, blank=True, db_default=EMPTY_OBJECT)
    sku = models.CharField(_("SKU"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    picture_key = models.CharField(max_length=100, blank=True, editable=False)
    vat_rate = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    vat_included = models.BooleanField(_("prices include VAT"), default=True)
    active = models.BooleanField(_("for sale"), default=True)
    on_hand = models.DecimalField(_("on hand"), max_digits=15, decimal_places=3, default=Decimal(0))
    reserved = models.DecimalField(
        pgettext_lazy("of goods", "reserved"), max_digits=15, decimal_places=3, default=Decimal(0), editable=False
    )
    expected = models.DecimalField(_("expected"), max_digits=15, decimal_places=3, default=Decimal(0), editable=False)

    class Meta(Record.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="crm_product_has_title"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="crm_product_not_own_parent"),
            models.CheckConstraint(
                condition=Q(vat_rate__isnull=True) | Q(vat_rate__gte=0, vat_rate__lte=100), name="crm_product_vat"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, reserved__gte=0, expected__gte=0), name="crm_product_stock"
            ),
            models.UniqueConstraint(fields=["sku"], condition=ALIVE & ~Q(sku=""), name="crm_product_sku_once"),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["title", "id"], condition=ALIVE, name="crm_product_title"),
            models.Index(fields=["section", "-created_at", "-id"], condition=ALIVE, name="crm_product_section"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="crm_product_parent"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def available(self) -> Decimal:
        """What can still be promised: on hand without what is reserved; below zero where too much was promised."""
        return self.on_hand - self.reserved


class PriceType(Versioned):
    """For whom a price is: retail, wholesale, dealer, or the company's own name."""

    preset = models.CharField(max_length=10, choices=PriceTypePreset.choices, blank=True, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=60, blank=True)
    is_usual = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("price type")
        verbose_name_plural = _("price types")
        constraints = [
            models.UniqueConstraint(fields=["is_usual"], condition=Q(is_usual=True), name="crm_one_usual_price_type"),
            models.CheckConstraint(condition=~Q(name="") | ~Q(preset=""), name="crm_price_type_named"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name as typed, or the preset's in the reader's language."""
        return self.name or str(PriceTypePreset(self.preset).label)


class Price(PortalModel):
    """What a product costs per unit, by type of price and currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices")
    type = models.ForeignKey(PriceType, on_delete=models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    amount = models.DecimalField(_("price"), max_digits=17, decimal_places=4)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["product", "type", "currency"], name="crm_price_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_price_not_negative"),
        ]


class ExchangeRate(PortalModel):
    """What one unit of `currency` is worth in `base` from `day` on, until the next day that has a rate."""

    base = models.CharField(max_length=3, choices=Currency.choices)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    day = models.DateField(_("day"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-day", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["base", "currency", "day"], name="crm_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="crm_rate_positive"),
            models.CheckConstraint(condition=~Q(base=F("currency")), name="crm_rate_not_of_base"),
        ]
