"""What a change of a record's own fields means for its rows and for stock; inside the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from modules.crm.domain.kinds import DEAL, Kind
from modules.crm.domain.selling import stock
from modules.crm.domain.selling.product_rows import recompute
from modules.crm.models import Deal, Document, Invoice

_TELLING = frozenset({"currency", "type", "deal_id"})


def after_edit(record: Any, changed: Collection[str]) -> None:
    """Bring rows to another currency's minor unit, and stock to another type of deal."""
    if isinstance(record, Deal | Document) and "currency" in changed:
        recompute(record)
    if (isinstance(record, Deal) and "type" in changed) or (isinstance(record, Invoice) and "deal_id" in changed):
        stock.resync(record)


def after_edit_all(edits: Sequence[tuple[Any, Collection[str]]]) -> None:
    """`after_edit` of records of one kind: those that have rows or hold goods are found first."""
    told = {record.pk: (record, changed) for record, changed in edits if _TELLING & set(changed)}
    for record in stock.concerned([record for record, _changed in told.values()]):
        after_edit(*told[record.pk])


def after_merge(kind: Kind, ids: Sequence[int]) -> None:
    """Deals that became one, or came apart again, take the sums of the rows and hold the goods that they have now."""
    if kind is DEAL:
        for deal in Deal.objects.select_related("stage").filter(pk__in=ids).order_by("pk"):
            recompute(deal)
            stock.resync(deal)


def after_placing(record: Any) -> None:
    """Reserve or release goods once a deal went to another stage, into the trash, or back."""
    if isinstance(record, Deal | Invoice):
        stock.resync(record)


def after_placing_all(records: Sequence[Any]) -> None:
    """The same for records of one kind: those that have to do with goods are found first."""
    for record in stock.concerned(records):
        after_placing(record)
