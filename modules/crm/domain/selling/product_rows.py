"""Rows of products on deals, quotes and invoices: read and checked as a whole, written as a whole, copied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import require_on, visible
from modules.crm.domain.announcing import announce_changed
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import PRODUCT, kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.money import LARGEST, number_text, number_typed, rounded
from modules.crm.domain.selling import stock
from modules.crm.domain.selling.clients import terms_for
from modules.crm.domain.selling.documents import is_locked, locked_error
from modules.crm.domain.selling.prices import catalogue_prices, read_price
from modules.crm.domain.selling.row_sums import RowSums, row_sums, total_of
from modules.crm.domain.telling import tell
from modules.crm.models import Deal, Document, Product, ProductRow, Unit

MOST = 500
KEYS = (
    "product", "title", "unit", "quantity", "price", "discount_percent", "discount_amount", "vat_rate", "vat_included",
)  # fmt: skip
COPIED = (
    "product_id", "title", "unit", "quantity", "price", "discount_percent", "discount_amount", "vat_rate",
    "vat_included",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Rows as they would be kept, with their sums; `old_prices` has catalogue prices of rows that differ from them."""

    rows: list[ProductRow]
    sums: RowSums
    old_prices: dict[int, Decimal]


def rows_of(record: Any) -> list[ProductRow]:
    """The rows of a deal, quote or invoice the caller may see, in order."""
    return list(ProductRow.objects.filter(**{record.kind: record}).select_related("product"))


def sums_of(rows: Sequence[ProductRow], currency: str) -> RowSums:
    """The sums of rows as kept."""
    return total_of(_sums(row, currency) for row in rows)


def check_rows(actor: Actor, record: Any, given: Sequence[Mapping[str, Any]]) -> Checked:
    """`given` (raw values of each row) as they would be kept. Raises Invalid naming "rows.<place>.<key>".

    A row names a `product`, or has a `title` of its own. What is left out comes from the catalogue: title, unit, VAT,
    the price of the client's type in the record's currency, the client's personal discount.
    """
    if len(given) > MOST:
        raise Invalid(fields={"rows": [_("At most %(most)s.") % {"most": MOST}]})
    ids = {pk for row in given if (pk := _id(row.get("product"))) is not None}
    products = {row.pk: row for row in visible(actor, PRODUCT).filter(pk__in=ids)} if ids else {}
    kept = set(ProductRow.objects.filter(**{record.kind: record}, product__in=ids - set(products)).values_list(
        "product_id", flat=True
    )) if ids - set(products) else set()  # fmt: skip
    products |= {row.pk: row for row in Product.objects.filter(pk__in=kept)}
    terms = terms_for(record)
    prices = catalogue_prices(ids, record.currency, terms.price_type)
    rows: list[ProductRow] = []
    old: dict[int, Decimal] = {}
    wrong: dict[str, list[str]] = {}
    for place, raw in enumerate(given):
        try:
            row = _read(raw, products, prices, terms.discount, record.currency)
        except Invalid as error:
            wrong |= {f"rows.{place}.{key}": texts for key, texts in error.fields.items()}
            continue
        row.position = place
        setattr(row, record.kind, record)
        rows.append(row)
        known = prices.get(row.product_id or 0)
        if known is not None and known != row.price:
            old[place] = known
    if wrong:
        raise Invalid(fields=wrong)
    sums = sums_of(rows, record.currency)
    if sums.total > LARGEST:
        raise Invalid(fields={"rows": [_("The amount is too large.")]})
    return Checked(rows=rows, sums=sums, old_prices=old)


def set_rows(
    *,
    actor: Actor,
    record: Any,
    rows: Sequence[Mapping[str, Any]],
    version: int | None = None,
    by_hand: bool | None = None,
) -> Any:
    """Make `rows` the rows of a deal, quote or invoice, and its sums theirs.

    A deal's amount follows its rows; `by_hand` True keeps the amount as it is typed, None leaves that as it is (the
    first rows of a deal take its amount over). Raises Conflict, Denied, Invalid, NotFound, ReadOnly.
    """
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        require_on(actor, kind.permission("edit"), record)
        require_sums(actor, kind, change=True)
        if isinstance(record, Document) and is_locked(record):
            raise locked_error(record)
        checked = check_rows(actor, record, rows)
        before = rows_of(record)
        same = [_kept(row) for row in before] == [_kept(row) for row in checked.rows]
        if same and by_hand in (None, getattr(record, "amount_by_hand", by_hand)):
            return record
        write_rows(record, checked.rows, first=not before, by_hand=by_hand)
        changes = {"rows": ([_told(row) for row in before], [_told(row) for row in checked.rows])}
        audit.record(actor, f"{kind.key}.rows", record.ref, changes)
        announce_changed(record, ["rows", "amount" if isinstance(record, Deal) else "total"], actor)
        tell(record, "changed", actor)
    return record


def write_rows(record: Any, rows: list[ProductRow], *, first: bool = True, by_hand: bool | None = None) -> None:
    """Replace the rows of a locked record, and bring its sums and what stock it holds up to date."""
    ProductRow.objects.filter(**{record.kind: record}).delete()
    ProductRow.objects.bulk_create(rows)
    if isinstance(record, Deal):
        if by_hand is None:
            by_hand = not rows or (record.amount_by_hand and not first)
        record.amount_by_hand = by_hand
    take_sums(record, rows)
    stock.resync(record)


def take_sums(record: Any, rows: Sequence[ProductRow]) -> None:
    """Write the sums of `rows` on their record: on a deal only while its amount follows them."""
    sums = sums_of(rows, record.currency)
    if isinstance(record, Deal):
        if not record.amount_by_hand:
            record.amount = sums.total
        record.save(update_fields=["amount", "amount_by_hand"])
    else:
        record.net, record.vat, record.total = sums.net, sums.vat, sums.total
        record.save(update_fields=["net", "vat", "total"])


def recompute(record: Any) -> None:
    """Bring the rows of a locked record to its currency's minor unit, and its sums with them."""
    rows = rows_of(record)
    for row in rows:
        _take(row, record.currency)
    ProductRow.objects.bulk_update(rows, ["discount_amount", "net", "vat", "total"])
    if rows or isinstance(record, Document):
        take_sums(record, rows)


def copies(rows: Sequence[ProductRow], record: Any) -> list[ProductRow]:
    """`rows` once more, for `record`, in its currency."""
    made = []
    for row in rows:
        copy = ProductRow(**{name: getattr(row, name) for name in COPIED}, position=row.position)
        setattr(copy, record.kind, record)
        _take(copy, record.currency)
        made.append(copy)
    return made


def _read(
    raw: Mapping[str, Any],
    products: Mapping[int, Product],
    prices: Mapping[int, Decimal],
    discount: Decimal,
    currency: str,
) -> ProductRow:
    if unknown := set(raw) - set(KEYS):
        raise Invalid(fields={min(unknown): [_("This field cannot be set.")]})
    pk = _id(raw.get("product"))
    product = products.get(pk or 0)
    if raw.get("product") not in (None, "") and product is None:
        raise Invalid(fields={"product": [_("Choose one of the list.")]})
    title = str(raw.get("title") or "").strip() or (str(product) if product else "")
    if not title or len(title) > 300 or "\0" in title:
        raise Invalid(fields={"title": [_("Write what it is, in up to %(most)s characters.") % {"most": 300}]})
    row = ProductRow(product=product, title=title)
    row.unit = str(raw.get("unit") or (product.unit if product else Unit.PIECE))
    if row.unit not in Unit.values:
        raise Invalid(fields={"unit": [_("Choose one of the list.")]})
    row.quantity = _number(raw, "quantity", Decimal(1), places=3, most=Decimal(99_999_999_999))
    if row.quantity <= 0:
        raise Invalid(fields={"quantity": [_("The quantity is more than zero.")]})
    if raw.get("price") in (None, ""):
        row.price = prices.get(pk or 0, Decimal(0))
    else:
        row.price = read_price(raw["price"], "price", currency)
    amount_given = raw.get("discount_amount") not in (None, "", 0, "0")
    usual = discount if "discount_percent" not in raw and product is not None and not amount_given else Decimal(0)
    row.discount_percent = _number(raw, "discount_percent", usual, places=2, most=Decimal(100))
    row.discount_amount = _number(raw, "discount_amount", Decimal(0), places=3, most=LARGEST)
    if row.discount_percent and row.discount_amount:
        raise Invalid(fields={"discount_amount": [_("Give a discount in percent or as an amount, not both.")]})
    row.vat_rate = _vat(raw, product)
    included = raw.get("vat_included", product.vat_included if product else True)
    row.vat_included = included if isinstance(included, bool) else str(included).lower() in ("1", "true", "yes", "on")
    _take(row, currency)
    return row


def _take(row: ProductRow, currency: str) -> None:
    row.discount_amount = rounded(row.discount_amount, currency)
    sums = _sums(row, currency)
    row.net, row.vat, row.total = sums.net, sums.vat, sums.total
    if sums.gross > LARGEST:
        raise Invalid(fields={"price": [_("The amount is too large.")]})


def _sums(row: ProductRow, currency: str) -> RowSums:
    return row_sums(
        currency=currency,
        quantity=row.quantity,
        price=row.price,
        discount_percent=row.discount_percent,
        discount_amount=row.discount_amount,
        vat_rate=row.vat_rate,
        vat_included=row.vat_included,
    )


def _vat(raw: Mapping[str, Any], product: Product | None) -> Decimal | None:
    if "vat_rate" not in raw:
        return product.vat_rate if product else None
    if raw["vat_rate"] in (None, ""):
        return None
    return _number(raw, "vat_rate", Decimal(0), places=2, most=Decimal(100))


def _number(raw: Mapping[str, Any], key: str, usual: Decimal, *, places: int, most: Decimal) -> Decimal:
    value = raw.get(key)
    if value is None or str(value).strip() == "":
        return usual
    try:
        number = Decimal(_plain(str(value)))
    except InvalidOperation:
        raise Invalid(fields={key: [_("Write a number.")]}) from None
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= most:
        raise Invalid(fields={key: [_("A number from 0 to %(most)s.") % {"most": most}]})
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _plain(text: str) -> str:
    """Quantities and percents have no thousands: a single separator is always of the fraction."""
    plain = text.strip().replace(",", ".")
    return plain if plain.count(".") <= 1 else number_text(text)


def _id(raw: Any) -> int | None:
    text = str(raw if raw is not None else "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 else None


def _told(row: ProductRow) -> str:
    """A row in the words of the audit log."""
    parts = [f"{row.title}: {number_typed(row.quantity)} × {number_typed(row.price)}"]
    if row.discount_percent:
        parts.append(f"−{number_typed(row.discount_percent)}%")
    if row.discount_amount:
        parts.append(f"−{number_typed(row.discount_amount)}")
    if row.vat_rate is not None:
        words = _("incl. VAT %(rate)s%%") if row.vat_included else _("plus VAT %(rate)s%%")
        parts.append(words % {"rate": number_typed(row.vat_rate)})
    return f"{' '.join(parts)} = {number_typed(row.total)}"


def _kept(row: ProductRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in COPIED)
