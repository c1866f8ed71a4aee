"""Stock as information: what won deals and invoices reserve, what purchases bring, what was handed over.

What a record holds is worked out from its rows while its products are locked, in primary-key order; `Product.reserved`
and `.expected` are the sums of all holds. A deal whose invoice reserves holds only the rest, so nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import QUOTE, kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.telling import tell
from modules.crm.models import (
    Deal,
    DealType,
    Document,
    HoldKind,
    Invoice,
    InvoiceStatus,
    Product,
    ProductRow,
    ProductType,
    Quote,
    Stage,
    StockHold,
)

Wanted = dict[tuple[int, str], Decimal]


def resync(record: Any) -> None:
    """Bring what a locked deal or invoice holds up to date, with the deal or invoices beside it."""
    if isinstance(record, Quote):
        return
    deal_id = record.pk if isinstance(record, Deal) else record.deal_id
    invoices = list(Invoice.objects.filter(deal=deal_id)) if deal_id else []
    if isinstance(record, Invoice):
        invoices = [record, *(other for other in invoices if other.pk != record.pk)]
    deal = record if isinstance(record, Deal) else Deal.objects.select_related("stage").filter(pk=deal_id).first()
    papers = [row for row in (deal, *invoices) if row is not None]
    touched = _products_of(papers)
    if not touched:
        return
    list(Product.objects.select_for_update().filter(pk__in=touched).order_by("pk").values_list("pk", flat=True))
    billed: Wanted = {}
    for invoice in invoices:
        wanted = _wanted_by_invoice(invoice)
        _write(invoice, wanted)
        for pair, quantity in wanted.items():
            billed[pair] = billed.get(pair, Decimal(0)) + quantity
    if deal is not None:
        rest = {pair: quantity - billed.get(pair, Decimal(0)) for pair, quantity in _wanted_by_deal(deal).items()}
        _write(deal, {pair: quantity for pair, quantity in rest.items() if quantity > 0})
    _count(touched)


def concerned(records: Sequence[Any]) -> list[Any]:
    """Those of `records`, of one kind, that have rows or may hold goods: by what they hold now, a deal's invoices, an
    invoice's deal. Only deals, quotes and invoices do."""
    if not records or not isinstance(records[0], Deal | Document):
        return []
    name, ids = records[0].kind, [record.pk for record in records]
    models: tuple[Any, ...] = (ProductRow, StockHold, Invoice)
    found: set[int | None] = {record.pk for record in records if getattr(record, "deal_id", None)}
    for model in models:
        if any(field.name == name for field in model._meta.concrete_fields):
            found |= set(model.objects.filter(**{f"{name}__in": ids}).values_list(f"{name}_id", flat=True))
    return [record for record in records if record.pk in found]


def _products_of(papers: Iterable[Any]) -> set[int]:
    ids: set[int] = set()
    for paper in papers:
        goods = ProductRow.objects.filter(**{paper.kind: paper}, product__type=ProductType.GOODS)
        ids |= set(goods.values_list("product_id", flat=True))
        ids |= set(StockHold.objects.filter(**{paper.kind: paper}).values_list("product_id", flat=True))
    return ids


def _wanted_by_deal(deal: Deal) -> Wanted:
    if deal.deleted_at is not None or deal.goods_done_at is not None or deal.stage.kind != Stage.Kind.WON:
        return {}
    kind = HoldKind.EXPECT if deal.type == DealType.PURCHASE else HoldKind.RESERVE
    return _goods(deal, kind)


def _wanted_by_invoice(invoice: Invoice) -> Wanted:
    over = invoice.deleted_at is not None or invoice.goods_done_at is not None
    if over or not invoice.reserves or invoice.status == InvoiceStatus.CANCELLED:
        return {}
    return _goods(invoice, HoldKind.RESERVE)


def _goods(paper: Any, kind: str) -> Wanted:
    rows = ProductRow.objects.filter(**{paper.kind: paper}, product__type=ProductType.GOODS).order_by()
    sums = rows.values("product_id").annotate(total=Sum("quantity")).values_list("product_id", "total")
    return {(product, kind): total for product, total in sums}


def _write(paper: Any, wanted: Wanted) -> None:
    rows = StockHold.objects.filter(**{paper.kind: paper})
    held = {(product, kind): quantity for product, kind, quantity in rows.values_list("product_id", "kind", "quantity")}
    if held == wanted:
        return
    rows.delete()
    StockHold.objects.bulk_create(
        StockHold(**{paper.kind: paper}, product_id=product, kind=kind, quantity=quantity)
        for (product, kind), quantity in wanted.items()
    )


def _count(ids: set[int]) -> None:
    """Write the sums of all holds on their products, which the caller has locked."""
    sums: Wanted = {}
    rows = StockHold.objects.filter(product__in=ids).order_by()
    for product, kind, total in rows.values("product_id", "kind").annotate(n=Sum("quantity")).values_list(
        "product_id", "kind", "n"
    ):  # fmt: skip
        sums[product, kind] = total
    for row in Product.objects.filter(pk__in=ids).only("pk", "reserved", "expected"):
        reserved = sums.get((row.pk, HoldKind.RESERVE), Decimal(0))
        expected = sums.get((row.pk, HoldKind.EXPECT), Decimal(0))
        if (row.reserved, row.expected) != (reserved, expected):
            Product.objects.filter(pk=row.pk).update(reserved=reserved, expected=expected)


def set_reserving(*, actor: Actor, invoice: Any, reserves: bool) -> Any:
    """Let an invoice reserve its goods, or no longer. Raises Conflict, Denied, NotFound, ReadOnly."""
    gates.require_writable()
    kind = kind_of(invoice)
    with transaction.atomic():
        invoice = lock(kind, invoice.pk, None)
        require_on(actor, kind.permission("edit"), invoice)
        if invoice.reserves == reserves:
            return invoice
        if reserves and (invoice.goods_done_at is not None or invoice.status == InvoiceStatus.CANCELLED):
            raise Conflict(_("These goods are handed over already, or the invoice is cancelled."))
        invoice.reserves = reserves
        invoice.save(update_fields=["reserves"])
        resync(invoice)
        audit.record(actor, "stock.hold", invoice.ref, {"reserved": (not reserves, reserves)})
        tell(invoice, "changed", actor)
    return invoice


def finish_goods(*, actor: Actor, record: Any) -> Any:
    """The goods that a deal or invoice holds have been handed over, or received: on hand changes, the hold ends.

    Raises Conflict (nothing is held, or less is on hand), Denied, NotFound, ReadOnly.
    """
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        holds = StockHold.objects.none() if kind is QUOTE else StockHold.objects.filter(**{kind.key: record})
        held = list(holds.order_by("product_id"))
        if not held:
            raise Conflict(_("No goods are reserved or expected here."))
        ids = {hold.product_id for hold in held}
        products = {row.pk: row for row in Product.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
        for hold in held:
            if hold.kind == HoldKind.RESERVE and products[hold.product_id].on_hand < hold.quantity:
                short = {"title": products[hold.product_id], "n": f"{products[hold.product_id].on_hand.normalize():f}"}
                raise Conflict(_("Only %(n)s of “%(title)s” is on hand.") % short, code="not_on_hand")
        for hold in held:
            step = hold.quantity if hold.kind == HoldKind.EXPECT else -hold.quantity
            Product.objects.filter(pk=hold.product_id).update(on_hand=F("on_hand") + step)
        record.goods_done_at = timezone.now()
        record.save(update_fields=["goods_done_at"])
        resync(record)
        told = {str(products[hold.product_id]): (None, f"{hold.quantity.normalize():f}") for hold in held}
        audit.record(actor, "stock.done", record.ref, told)
        tell(record, "changed", actor)
    return record


def holds_of(record: Any) -> list[StockHold]:
    """What a deal or invoice holds now."""
    return list(StockHold.objects.filter(**{record.kind: record}).select_related("product").order_by("product_id"))


def short_rows(record: Any, rows: Iterable[ProductRow]) -> dict[int, Decimal]:
    """What is available of the goods that `rows` ask more of, by product; what the record holds itself is its own."""
    asked: dict[int, Decimal] = {}
    products: dict[int, Product] = {}
    for row in rows:
        if row.product is not None and row.product.type == ProductType.GOODS:
            asked[row.product.pk] = asked.get(row.product.pk, Decimal(0)) + row.quantity
            products[row.product.pk] = row.product
    if not asked or (isinstance(record, Deal) and record.type == DealType.PURCHASE):
        return {}
    own: dict[int, Decimal] = {}
    if not isinstance(record, Quote):
        for hold in StockHold.objects.filter(**{record.kind: record}, kind=HoldKind.RESERVE):
            own[hold.product_id] = hold.quantity
    left = {pk: products[pk].available + own.get(pk, Decimal(0)) for pk in asked}
    return {pk: max(left[pk], Decimal(0)) for pk in asked if asked[pk] > left[pk]}
