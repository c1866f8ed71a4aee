"""Rows that a verb only adds (its audit entry, its event, notifications, points) written together, in one statement.

Django's own INSERTs, one for each table, become parts of one `WITH`; what they cost apart is mostly the way to the
server and back. Foreign keys are checked at the end of the transaction, as everywhere in the house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

from infra.db.connections import DEFAULT, wire
from infra.db.models import Versioned, check_schema, stamp

Then = Callable[[], None]


@dataclass
class _Sheet:
    """What waits to be written: in which schema and under which savepoints."""

    schema: str
    savepoints: tuple[str, ...]
    rows: list[models.Model] = field(default_factory=list)
    then: list[Then] = field(default_factory=list)


def _open_sheet() -> _Sheet | None:
    """The sheet of this thread, where nothing was entered since it was opened that could be rolled back alone."""
    connection = wire()
    sheet = connection.sheets[-1] if connection.sheets else None
    if sheet is None or sheet.schema != connection.schema_name:
        return None
    return sheet if sheet.savepoints == tuple(connection.savepoint_ids) else None


@contextmanager
def gathered() -> Iterator[None]:
    """New rows given to `insert` inside the block are written at its end, none when it raises.

    Needs an open transaction, and nothing in the block may read what it gave. Inside another block of the same
    transaction and savepoint it is part of that one. In a savepoint of its own a row is written at once.
    """
    connection = wire()
    if _open_sheet() is not None or not connection.in_atomic_block:
        yield
        return
    sheet = _Sheet(connection.schema_name, tuple(connection.savepoint_ids))
    connection.sheets.append(sheet)
    try:
        yield
    finally:
        connection.sheets.remove(sheet)
    _write(sheet.rows)
    for then in sheet.then:
        then()


def insert(*rows: models.Model, then: Then | None = None) -> None:
    """Save new `rows` of portal tables: at the end of the block of `gathered` that is open, else at once.

    Their ids are known from then on; `then` is called at that moment. Raises NoPortal, WrongSchema.
    """
    _ready(rows)
    sheet = _open_sheet()
    if sheet is not None:
        sheet.rows += rows
        sheet.then += [then] if then else []
        return
    _write(rows)
    if then:
        then()


def insert_at_once(row: models.Model) -> None:
    """Save a new `row` of a portal table now, also inside a block. Raises NoPortal, WrongSchema."""
    _ready([row])
    _write([row])


def _ready(rows: Sequence[models.Model]) -> None:
    for row in rows:
        check_schema(row)
        if isinstance(row, Versioned):
            row.version += 1


def _write(rows: Sequence[models.Model]) -> None:
    if not rows:
        return
    by_table = sorted(rows, key=lambda row: row._meta.db_table)  # sorted() is stable: a table's rows keep their order
    groups = [list(group) for _table, group in groupby(by_table, key=lambda row: row._meta.db_table)]
    parts: list[str] = []
    parameters: list[Any] = []
    for place, group in enumerate(groups):
        statement, given = _insert_statement(group)
        parts.append(f"i{place} AS ({statement})")
        parameters += given
    keys = ", ".join(f"ARRAY(TABLE i{place})" for place in range(len(groups)))
    with wire().cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {keys}", parameters)
        found = cursor.fetchone()
    for group, given_keys in zip(groups, found, strict=True):
        for row, key in zip(group, given_keys, strict=True):
            _written(row, key)


def _insert_statement(rows: list[models.Model]) -> tuple[str, Sequence[Any]]:
    """Django's INSERT of `rows` of one table, returning their keys in order.

    That of a single row is worked out once for each shape: which columns the database fills by itself.
    """
    columns = _columns(type(rows[0]), rows[0].pk is not None)
    if len(rows) > 1:
        return _compiled(rows, columns)
    values = [one.field.pre_save(rows[0], add=True) for one in columns]
    if any(hasattr(value, "resolve_expression") and not isinstance(value, DatabaseDefault) for value in values):
        return _compiled(rows, columns)
    shape = (type(rows[0]), len(columns), *(isinstance(value, DatabaseDefault) for value in values))
    statement = _made.get(shape)
    if statement is None:
        statement, parameters = _compiled(rows, columns)
        _made[shape] = statement
        return statement, parameters
    return statement, [
        value if value is None or type(value) in column.plain else column.field.get_db_prep_save(value, wire())
        for column, value in zip(columns, values, strict=True)
        if not isinstance(value, DatabaseDefault)
    ]


def _compiled(rows: list[models.Model], columns: Sequence[_Column]) -> tuple[str, Sequence[Any]]:
    query = InsertQuery(type(rows[0]))
    query.insert_values([one.field for one in columns], rows)
    compiler: Any = query.get_compiler(DEFAULT)
    compiler.returning_fields = [rows[0]._meta.pk]
    ((statement, parameters),) = compiler.as_sql()
    return statement, parameters


@dataclass(frozen=True)
class _Column:
    """A field, and the types of values that go to the database as they are."""

    field: Any
    plain: frozenset[type]


_made: dict[tuple[object, ...], str] = {}
_PLAIN: dict[Any, type] = {models.CharField: str, models.TextField: str, models.BooleanField: bool}


@cache
def _columns(model: type[models.Model], with_key: bool) -> tuple[_Column, ...]:
    meta = model._meta
    fields = [
        one for one in meta.local_concrete_fields if not one.generated and (with_key or one is not meta.auto_field)
    ]
    return tuple(_Column(one, frozenset(_plain(one))) for one in fields)


def _plain(field: Any) -> Iterator[type]:
    for kind, values in _PLAIN.items():
        if isinstance(field, kind) and type(field).get_prep_value is kind.get_prep_value:
            yield values


def _written(row: models.Model, key: Any) -> None:
    row.pk = key
    row._state.adding, row._state.db = False, DEFAULT
    stamp(row, wire().schema_name)
    for one in row._meta.local_concrete_fields:
        if one.has_db_default() and hasattr(row.__dict__.get(one.attname), "resolve_expression"):
            del row.__dict__[one.attname]  # read from the row where anyone asks
