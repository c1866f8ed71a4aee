"""What of the catalogue strangers may see: products for sale with their usual price, no stock and no other prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from modules.crm.contracts import ShownProduct
from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.domain.selling.prices import catalogue_prices
from modules.crm.domain.selling.product_picture import picture_of
from modules.crm.domain.selling.settings import base_currency
from modules.crm.models import Product, ProductSection

MOST = 48


def shown_sections() -> tuple[tuple[int, str], ...]:
    """The sections of the catalogue as (id, name), in their order."""
    return tuple(ProductSection.objects.order_by("position", "name", "pk").values_list("pk", "name")[:200])


def shown_products(section_id: int | None, count: int) -> tuple[ShownProduct, ...]:
    """The newest products for sale of a section (None: of all), variants left to their product; at most 48."""
    rows = Product.objects.alive().filter(active=True, parent=None)
    if section_id is not None:
        rows = rows.filter(section_id=section_id)
    found = list(rows.order_by("-created_at", "-pk")[: max(0, min(count, MOST))])
    prices = shown_prices([row.pk for row in found])
    return tuple(
        ShownProduct(
            id=row.pk,
            title=row.title,
            text=row.description,
            price=prices.get(row.pk),
            currency=base_currency(),
            picture=picture_of(row),
        )
        for row in found
    )


def shown_prices(ids: Sequence[int]) -> dict[int, Decimal]:
    """The usual prices, in the portal's own currency, of those products that are still for sale."""
    for_sale = Product.objects.alive().filter(active=True, pk__in=list(ids)[:MOST]).values_list("pk", flat=True)
    wanted = list(for_sale)
    return catalogue_prices(wanted, base_currency(), usual_price_type()) if wanted else {}
