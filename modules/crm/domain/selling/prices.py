"""Prices of the catalogue: by type and currency, read for many products at once, written as a whole grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import require_on
from modules.crm.domain.announcing import announce_changed
from modules.crm.domain.kinds import PRODUCT
from modules.crm.domain.locking import lock
from modules.crm.domain.money import minor_places, number_text
from modules.crm.domain.selling.price_type import price_types, usual_price_type
from modules.crm.domain.telling import tell
from modules.crm.models import Currency, Price, PriceType, Product

_PLACES, _HIGHEST = Decimal("0.0001"), Decimal("9999999999999")


def read_price(raw: Any, key: str, currency: str) -> Decimal:
    """A price per unit as typed: zero or more, up to four decimals. Raises Invalid(key)."""
    try:
        amount = Decimal(raw if isinstance(raw, int | Decimal) else number_text(str(raw), minor_places(currency)))
    except InvalidOperation:
        raise Invalid(fields={key: [_("Write the price as a number, like 1500 or 1500.50.")]}) from None
    if isinstance(raw, bool) or not amount.is_finite() or not 0 <= amount <= _HIGHEST:
        raise Invalid(fields={key: [_("The price is zero or more.")]})
    return amount.quantize(_PLACES, ROUND_HALF_UP)


def prices_of(product: Product) -> list[Price]:
    """All prices of a product the caller may see."""
    return list(Price.objects.filter(product=product).select_related("type").order_by("currency", "type__position"))


def with_usual_price(rows: Any, currency: str) -> Any:
    """`rows` of products with `usual_price`, what each costs by the usual type in `currency`."""
    usual = Price.objects.filter(product=OuterRef("pk"), type__is_usual=True, currency=currency)
    return rows.annotate(usual_price=Subquery(usual.values("amount")[:1]))


def set_prices(*, actor: Actor, product: Any, prices: Mapping[tuple[int, str], Any]) -> int:
    """Write prices, raw values by (id of the type, currency); "" or None removes one. Returns how many differ now.

    Raises Denied, Invalid (naming "<type>:<currency>"), NotFound, ReadOnly.
    """
    gates.require_writable()
    types = {row.pk: row for row in price_types()}
    wrong: dict[str, list[str]] = {}
    wanted: dict[tuple[int, str], Decimal | None] = {}
    for (type_id, currency), raw in prices.items():
        key = f"{type_id}:{currency}"
        if type_id not in types or currency not in Currency.values:
            wrong[key] = [_("Choose one of the list.")]
            continue
        try:
            wanted[type_id, currency] = (
                None if raw is None or str(raw).strip() == "" else read_price(raw, key, currency)
            )
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        product = lock(PRODUCT, product.pk, None)
        require_on(actor, PRODUCT.permission("edit"), product)
        rows = Price.objects.filter(product=product)
        before = {(row.type_id, row.currency): row.amount for row in rows}
        changed = {pair: amount for pair, amount in wanted.items() if before.get(pair) != amount}
        for (type_id, currency), amount in changed.items():
            if amount is None:
                rows.filter(type=type_id, currency=currency).delete()
        Price.objects.bulk_create(
            [
                Price(product=product, type_id=type_id, currency=currency, amount=amount)
                for (type_id, currency), amount in changed.items()
                if amount is not None
            ],
            update_conflicts=True,
            unique_fields=["product", "type", "currency"],
            update_fields=["amount"],
        )
        if changed:
            told = {
                f"{types[pk]}, {code}": (_told(before.get((pk, code))), _told(new))
                for (pk, code), new in changed.items()
            }
            audit.record(actor, "product.prices", product.ref, told)
            announce_changed(product, ["prices"], actor)
            tell(product, "changed", actor)
    return len(changed)


def _told(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def catalogue_prices(ids: Iterable[int], currency: str, price_type: PriceType) -> dict[int, Decimal]:
    """What products cost in `currency`: of that type, else of the usual one, a variant as its product (few statements).

    Products without a price in that currency are left out.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    parents = dict(Product.objects.filter(pk__in=wanted, parent__isnull=False).values_list("pk", "parent_id"))
    types = [price_type.pk]
    if not price_type.is_usual:
        types.append(usual_price_type().pk)
    rows = Price.objects.filter(product__in=wanted | set(parents.values()), currency=currency, type__in=types)
    found = {(product, kind): amount for product, kind, amount in rows.values_list("product", "type", "amount")}
    prices: dict[int, Decimal] = {}
    for pk in wanted:
        for kind in types:
            amount = found.get((pk, kind))
            if amount is None and pk in parents:
                amount = found.get((parents[pk], kind))
            if amount is not None:
                prices[pk] = amount
                break
    return prices
