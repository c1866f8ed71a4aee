"""The catalogue as others show it, such as a block of products on a published site."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from modules.crm.contracts import CatalogueProduct, CatalogueSection
from modules.crm.domain.kinds import PRODUCT
from modules.crm.domain.money import as_kept
from modules.crm.domain.people import default_currency
from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.domain.selling.prices import catalogue_prices
from modules.crm.domain.selling.product_picture import picture_of
from modules.crm.domain.selling.product_section import section_tree, sections_below
from modules.crm.models import Currency, Price, Product, ProductType

MOST = 200


def catalogue(
    *, section_id: int | None = None, ids: Sequence[int] = (), currency: str = "", limit: int = 60
) -> tuple[CatalogueProduct, ...]:
    """Products for sale with their usual prices: of a section and those below it, or those named, in that order.

    Variants are left out unless they are named; a product with variants has their lowest price as `price_from`. For
    everyone to see: nothing of purchase, stock figures or clients. `currency` is the portal's own where "" is given.
    """
    currency = currency if currency in Currency.values else default_currency()
    rows = PRODUCT.rows().alive().filter(active=True)
    if ids:
        rows = rows.filter(pk__in=list(ids)[:MOST])
    else:
        rows = rows.filter(parent__isnull=True)
        if section_id is not None:
            rows = rows.filter(section__in=sections_below(section_id))
    found: list[Product] = list(rows.select_related("section").order_by("title", "id")[: min(limit, MOST)])
    if ids:
        places = {pk: place for place, pk in enumerate(ids)}
        found.sort(key=lambda row: places[row.pk])
    prices = catalogue_prices([row.pk for row in found], currency, usual_price_type()) if found else {}
    lowest = _lowest_of_variants([row.pk for row in found], currency)
    return tuple(_shown(row, prices.get(row.pk), lowest.get(row.pk), currency) for row in found)


def catalogue_sections() -> tuple[CatalogueSection, ...]:
    """The sections to choose from, in order, each with its depth."""
    return tuple(
        CatalogueSection(id=placed.section.pk, name=placed.section.name, depth=placed.depth)
        for placed in section_tree()
    )


def catalogue_picture(product_id: int) -> bytes:
    """The picture of a product for sale as PNG, b"" where there is none."""
    product = PRODUCT.rows().alive().filter(pk=product_id, active=True).select_related("parent").first()
    return picture_of(product) if product is not None else b""


def _lowest_of_variants(ids: Sequence[int], currency: str) -> dict[int, Decimal]:
    rows = Price.objects.filter(
        product__parent__in=ids,
        product__active=True,
        product__deleted_at__isnull=True,
        type__is_usual=True,
        currency=currency,
    )
    lowest: dict[int, Decimal] = {}
    pairs: Any = rows.values_list("product__parent", "amount")
    for parent, amount in pairs:
        lowest[parent] = min(lowest.get(parent, amount), amount)
    return lowest


def _shown(row: Product, price: Decimal | None, lowest: Decimal | None, currency: str) -> CatalogueProduct:
    return CatalogueProduct(
        id=row.pk,
        title=row.title,
        sku=row.sku,
        description=row.description,
        section=row.section.name if row.section else "",
        unit=str(row.get_unit_display()),
        price=as_kept(price, currency) if price is not None else None,
        price_from=as_kept(lowest, currency) if lowest is not None else None,
        currency=currency,
        vat_included=row.vat_included,
        in_stock=row.type == ProductType.SERVICE or row.available > 0,
        has_picture=bool(row.picture_key),
    )
