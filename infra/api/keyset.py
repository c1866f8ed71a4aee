"""Keyset paging: a page starts after a row, not after a count, so the thousandth costs what the first does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Expression, F, Field, Model, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

from infra.api.json import dump
from infra.api.problems import BadRequest

Row = TypeVar("Row")
_MOST_DIGITS = 40  # more than any column of ours has


class Beyond(Expression):
    """SQL row comparison `(a, b) < (x, y)`: unlike the OR of its parts, PostgreSQL turns it into one index range."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, names: Sequence[str], values: Sequence[Any], *, descending: bool) -> None:
        super().__init__()
        self.pairs: list[tuple[Any, Any]] = [(F(name), value) for name, value in zip(names, values, strict=True)]
        self.sign = "<" if descending else ">"

    def get_source_expressions(self) -> list[Any]:
        return [side for pair in self.pairs for side in pair]

    def set_source_expressions(self, expressions: Sequence[Any]) -> None:
        sides = iter(expressions)
        self.pairs = list(zip(sides, sides, strict=True))

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, right = [compiler.compile(a) for a, _b in self.pairs], [compiler.compile(b) for _a, b in self.pairs]
        sql = f"({', '.join(s for s, _p in left)}) {self.sign} ({', '.join(s for s, _p in right)})"
        return sql, tuple(parameter for _s, parameters in (*left, *right) for parameter in parameters)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Rows of one page and the cursor of the next, "" after the last."""

    rows: list[Row]
    after: str


def first_of(rows: QuerySet[Any, Row], limit: int, *, ids_first: bool) -> QuerySet[Any, Row]:
    """The first `limit` of ordered `rows`; with `ids_first` an index names them, before their rows are read.

    For rows that a condition picks out by which an index begins: where they are many, PostgreSQL expects to meet them
    soon on the order's own index, and walks past all newer rows in vain when none of those fits. The ids alone stand in
    the index of the condition, which then costs it less.
    """
    return rows.filter(pk__in=rows.values("pk")[:limit]) if ids_first else rows[:limit]


def page_of(
    rows: QuerySet[Any, Row], order: Sequence[str], *, after: str, limit: int, ids_first: bool = False
) -> Page[Row]:
    """The `limit` rows of `rows` that follow cursor `after` ("" = first page) in `order`; `ids_first` as in `first_of`.

    `order` names non-null columns, all in one direction ("-created_at", "-id"), the last one unique, with an index on
    the very same columns. Works on model and on `.values()` querysets. Raises BadRequest on a cursor of another list.
    """
    descending = order[0].startswith("-")
    names = [name.lstrip("-") for name in order]
    if any(name.startswith("-") is not descending for name in order):
        raise ValueError("a keyset order runs in one direction")
    fields = [rows.model._meta.get_field(name) for name in names]
    found = rows.order_by(*order)
    if after:
        values = [Value(value, output_field=field) for field, value in zip(fields, _read(after, fields), strict=True)]
        found = found.filter(Beyond(names, values, descending=descending))
    page = list(first_of(found, limit + 1, ids_first=ids_first))
    more = len(page) > limit
    page = page[:limit]
    return Page(rows=page, after=_write(page[-1], fields) if more else "")


def _write(row: Any, fields: Sequence[Field[Any, Any]]) -> str:
    if isinstance(row, Model):
        values = [field.value_from_object(row) for field in fields]
    else:
        values = [row[field.attname] if field.attname in row else row[field.name] for field in fields]
    return base64.urlsafe_b64encode(dump(values)).rstrip(b"=").decode()


def _read(after: str, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    try:
        raw = orjson.loads(base64.urlsafe_b64decode(after.encode() + b"=" * (-len(after) % 4)))
        if not isinstance(raw, list) or len(raw) != len(fields) or None in raw:
            raise ValueError
        return [column_value(field, value) for field, value in zip(fields, raw, strict=True)]
    except NO_VALUE as error:
        raise BadRequest(_("This is not a cursor of this list. Start without “after”."), code="bad_cursor") from error


NO_VALUE = (ValueError, TypeError, binascii.Error, ValidationError, OverflowError, RecursionError)


def column_value(field: Field[Any, Any], given: Any) -> Any:
    """What `given` in a cursor, which anybody may have written, means in the column. Raises one of NO_VALUE.

    PostgreSQL refuses what no column holds: a zero byte, half of a surrogate pair, years and zones beyond its calendar.
    """
    value = field.to_python(given)
    match value:
        case str():
            if b"\0" in value.encode():
                raise ValueError
        case datetime():
            value = value.astimezone(UTC)
        case Decimal() if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
            raise ValueError
        case int() if abs(value) >= 2**63:
            raise ValueError
    return value
