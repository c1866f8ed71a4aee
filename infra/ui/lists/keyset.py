"""Pages by keyset in both directions, over orders whose column may hold NULLs."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, QuerySet, Value
from django.utils.translation import gettext as _

from infra.api.keyset import NO_VALUE, Beyond, column_value, first_of
from infra.kit.errors import Invalid

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Rows in the list's order, and the cursors of the pages around them ("" = there is none)."""

    rows: list[Row]
    before: str
    after: str


@dataclass(frozen=True)
class Cursor:
    """The place of a row: its value in the order's column, and its id."""

    value: Any
    pk: int


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", model._meta.get_field(name))


def write_cursor(row: Model, order: str) -> str:
    """The place of `row` in `order` as text for a URL."""
    value = _field(type(row), order.lstrip("-")).value_from_object(row)
    text = json.dumps([value, row.pk], cls=_Exact, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class _Exact(DjangoJSONEncoder):
    """Keeps microseconds: a cursor cut to milliseconds would repeat rows."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def read_cursor(text: str, model: type[Model], order: str) -> Cursor:
    """The place that `write_cursor` wrote. Raises Invalid on anything else."""
    field = _field(model, order.lstrip("-"))
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        if not isinstance(pk, int) or abs(pk) >= 2**63:
            raise ValueError
        return Cursor(None if value is None else column_value(field, value), pk)
    except NO_VALUE as error:
        raise Invalid(_("This address of a page is damaged. Start from the first page."), code="bad_cursor") from error


def page_of(
    rows: QuerySet[Any, Row], order: str, *, size: int, after: str = "", before: str = "", ids_first: bool = False
) -> Page[Row]:
    """`size` rows of `rows` in `order` (a model column, "-" = descending; ties by id in the same direction).

    At most two statements, one when the column holds no NULLs; `ids_first` as `first_of` has it. Raises Invalid on a
    foreign cursor.
    """
    backwards = bool(before) and not after
    cursor = read_cursor(after or before, rows.model, order) if after or before else None
    descending = order.startswith("-") is not backwards
    found = _beyond(rows, order.lstrip("-"), descending, cursor, size + 1, ids_first)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page(rows=[], before="", after="")
    has_before, has_after = (more, True) if backwards else (cursor is not None, more)
    return Page(
        rows=found,
        before=write_cursor(found[0], order) if has_before else "",
        after=write_cursor(found[-1], order) if has_after else "",
    )


def _beyond(
    rows: QuerySet[Any, Row], name: str, descending: bool, cursor: Cursor | None, limit: int, ids_first: bool
) -> list[Row]:
    sign = "-" if descending else ""
    field = _field(rows.model, name)
    pk = rows.model._meta.pk
    if field is pk or field.name == pk.name:
        sequence = rows.order_by(f"{sign}pk")
        if cursor is not None:
            sequence = sequence.filter(**{"pk__lt" if descending else "pk__gt": cursor.pk})
        return list(sequence[:limit])
    valued = rows.order_by(f"{sign}{name}", f"{sign}pk")
    if cursor is not None and cursor.value is not None:
        place = [Value(cursor.value, output_field=field), Value(cursor.pk, output_field=pk)]
        valued = valued.filter(Beyond([name, "pk"], place, descending=descending))
    if not field.null:
        return list(first_of(valued, limit, ids_first=ids_first))
    # With NULLs the index has two stretches; each is read by itself, so that both stay index ranges.
    valued = valued.filter(**{f"{name}__isnull": False})
    empty = rows.filter(**{f"{name}__isnull": True}).order_by(f"{sign}pk")
    if cursor is not None and cursor.value is None:
        empty = empty.filter(**{"pk__lt" if descending else "pk__gt": cursor.pk})
    stretches = [empty, valued] if descending else [valued, empty]
    if cursor is not None and (cursor.value is None) is not descending:
        stretches = stretches[1:]
    found: list[Row] = []
    for stretch in stretches:
        if len(found) < limit:
            found += first_of(stretch, limit - len(found), ids_first=ids_first)
    return found
