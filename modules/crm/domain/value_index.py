"""The narrow index of custom values: written with the record, asked by filters and orders.

Without it a filter on a custom field would walk a million JSON documents (infra/docs/adr/crm-custom-fields.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, DateTimeField, DecimalField, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from modules.crm.domain.fields import Field, Type
from modules.crm.models import FieldValue, Record, RecordQuerySet

FEW = 3_000
TEXTUAL = frozenset({Type.TEXT, Type.LONG_TEXT, Type.LINK, Type.ADDRESS, Type.RECORD})
_LONGEST = 100


def folded(text: str) -> str:
    """`text` as it is compared: lower case, ё as е, the first hundred characters."""
    return text.lower().replace("ё", "е")[:_LONGEST]


def seconds(day: str) -> Decimal:
    """A day or moment in ISO 8601 as Unix seconds (a day as its midnight in UTC)."""
    if len(day) == 10:
        whole = date.fromisoformat(day)
        return Decimal(int(datetime(whole.year, whole.month, whole.day, tzinfo=UTC).timestamp()))
    return Decimal(int(datetime.fromisoformat(day).timestamp()))


def rows_of(item: Field, value: Any) -> list[tuple[Decimal | None, str | None]]:
    """What is indexed for `value` of `item`: (number, text) pairs."""
    if value is None or value in ("", []):
        return []
    if isinstance(value, list):
        return [pair for one in value for pair in rows_of(item, one)]
    match item.type:
        case Type.TEXT | Type.LONG_TEXT | Type.LINK | Type.RECORD:
            return [(None, folded(str(value)))]
        case Type.ADDRESS:
            return [(None, folded(value.get("city") or value.get("street") or next(iter(value.values()))))]
        case Type.MONEY:
            return [(Decimal(value["amount"]), None)]
        case Type.DATE | Type.MOMENT:
            return [(seconds(value), None)]
        case Type.YESNO:
            return [(Decimal(int(value)), None)]
        case Type.FILE:
            return []
    return [(Decimal(str(value)), None)]


def index(record: Record, items: Iterable[Field], *, fresh: bool = False) -> None:
    """Write the index rows of `items` (custom fields) anew; a `fresh` record has none yet."""
    items = list(items)
    if not items:
        return
    if not fresh:
        FieldValue.objects.filter(record_id=record.pk, field_id__in=[item.field_id for item in items]).delete()
    FieldValue.objects.bulk_create(
        FieldValue(field_id=item.field_id, record_id=record.pk, number=number, text=text)
        for item in items
        for number, text in rows_of(item, record.custom.get(item.key))
    )


def forget(kind: str, record_ids: Sequence[int]) -> None:
    """Drop what is indexed for records that are gone for good."""
    FieldValue.objects.filter(field__kind=kind, record_id__in=list(record_ids)).delete()


def narrow(rows: RecordQuerySet[Any], item: Field, hits: Q, walk: Q, *, whole: bool = False) -> RecordQuerySet[Any]:
    """The part of `rows` whose index rows of `item` fit `hits`; `walk` says the same of the record's own JSON.

    Up to FEW hits are named by id. More of them are met soon when the list is walked in its order, and there the
    record's own JSON decides, without a look into the index for every row. Who counts or adds up the `whole` goes by
    the index instead: the walk would not end before the last record.
    """
    if whole:
        return rows.filter(pk__in=FieldValue.objects.filter(hits, field_id=item.field_id).values("record_id"))
    found = list(FieldValue.objects.filter(hits, field_id=item.field_id).values_list("record_id", flat=True)[: FEW + 1])
    return rows.filter(pk__in=set(found)) if len(found) <= FEW else rows.filter(_as_met(walk))


def _as_met(walk: Q) -> Any:
    """`walk` as PostgreSQL must not guess at: it takes every condition on JSON for a rare one, and would then read and
    sort the whole table; of a CASE it expects half of the rows, and walks the list's order until the page is full."""
    return Case(When(walk, then=Value(True)), default=Value(False), output_field=BooleanField())


def by_number(
    rows: RecordQuerySet[Any], item: Field, low: Decimal | None, high: Decimal | None, *, whole: bool = False
) -> RecordQuerySet[Any]:
    """Rows whose number, amount, day or moment lies between `low` and `high` (either may be open)."""
    hits, walk = Q(), Q()
    name = f"walked_{item.key}"
    for sign, bound in (("gte", low), ("lte", high)):
        if bound is not None:
            hits &= Q(**{f"number__{sign}": bound})
            walk &= Q(**{f"{name}__{sign}": _as_kept(item, bound)})
    return narrow(rows.alias(**{name: _kept(item)}), item, hits, walk, whole=whole)


def _kept(item: Field) -> Any:
    text = KeyTextTransform(item.key, "custom")
    match item.type:
        case Type.MONEY:
            return Cast(KeyTextTransform("amount", text), DecimalField(max_digits=24, decimal_places=6))
        case Type.DATE | Type.MOMENT:
            return Cast(text, DateTimeField())
    return Cast(text, DecimalField(max_digits=24, decimal_places=6))


def _as_kept(item: Field, bound: Decimal) -> Any:
    return datetime.fromtimestamp(int(bound), UTC) if item.type in (Type.DATE, Type.MOMENT) else bound


def by_any(
    rows: RecordQuerySet[Any], item: Field, values: Sequence[Any], *, whole: bool = False
) -> RecordQuerySet[Any]:
    """Rows that have one of `values` (options, people, records, yes or no)."""
    walk = Q()
    for value in values:
        many = item.multiple or item.type == Type.CHOICES
        walk |= Q(custom__contains={item.key: [value] if many else value})
    if item.type in TEXTUAL:
        return narrow(rows, item, Q(text__in=[folded(str(value)) for value in values]), walk, whole=whole)
    return narrow(rows, item, Q(number__in=[Decimal(int(value)) for value in values]), walk, whole=whole)


def by_beginning(rows: RecordQuerySet[Any], item: Field, text: str, *, whole: bool = False) -> RecordQuerySet[Any]:
    """Rows whose text begins with `text`, letter case aside."""
    field = item.key if item.type != Type.ADDRESS else f"{item.key}__city"
    start = folded(text)
    hits = Q(text__gte=start, text__lt=start + "\U0010ffff")
    return narrow(rows, item, hits, Q(**{f"custom__{field}__istartswith": text}), whole=whole)


def without(rows: RecordQuerySet[Any], item: Field) -> RecordQuerySet[Any]:
    """Rows that have no value of `item`."""
    return rows.exclude(custom__has_key=item.key)
