"""Rows that a verb only adds (its audit entry, its event, notifications, points) written together, in one statement.

Django's own INSERTs, one for each table, become parts of one `WITH`; what they cost apart is mostly the way to the
server and back. Foreign keys are checked at the end of the transaction, as everywhere in the house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.expressions import DatabaseDefault, RawSQL
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
    groups: dict[tuple[type[models.Model], bool], list[models.Model]] = {}
    for row in rows:  # a table's rows keep their order
        groups.setdefault((type(row), row.pk is not None), []).append(row)
    parts: list[str] = []
    parameters: list[Any] = []
    for place, group in enumerate(groups.values()):
        statement, given = _insert_statement(group)
        parts.append(f"i{place} AS ({statement})")
        parameters += given
    keys = ", ".join(f"ARRAY(TABLE i{place})" for place in range(len(groups)))
    connection = wire()
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {keys}", parameters)
        found = cursor.fetchone()
    for ((model, _with_key), group), given_keys in zip(groups.items(), found, strict=True):
        left_to_database = _left_to_database(model)
        for row, key in zip(group, given_keys, strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, DEFAULT
            stamp(row, connection.schema_name)
            for name in left_to_database:
                if type(row.__dict__.get(name)) is DatabaseDefault:
                    del row.__dict__[name]  # read from the row where anyone asks


def _insert_statement(rows: list[models.Model]) -> tuple[str, Sequence[Any]]:
    """Django's INSERT of `rows` of one table, all with their keys or all without, returning the keys in order.

    That of a row is worked out once for each shape: which columns the database fills by itself
    or works out from what it is given.
    """
    read = [_values(row) for row in rows]
    if any(one is None for one in read):
        return _compiled(rows)
    head, tail = "", ""
    places: list[str] = []
    parameters: list[Any] = []
    for row, (shape, given) in zip(rows, [one for one in read if one is not None], strict=True):
        made = _made.get(shape)
        if made is None:
            statement, filled = _compiled([row])
            before, _values_word, rest = statement.partition(") VALUES (")
            place, _returning_word, after = rest.rpartition(") RETURNING ")
            made = _made[shape] = (f"{before}) VALUES ", _with_nulls(place, filled), f" RETURNING {after}")
        head, place, tail = made
        places.append(f"({place})")
        parameters += given
    return head + ", ".join(places) + tail, parameters


def _with_nulls(places: str, filled: Sequence[Any]) -> str:
    """`places` where NULL stands for what is None: half of a new row, and nothing to hand over."""
    first, *rest = places.split("%s")
    return first + "".join(
        f"{'NULL' if value is None else '%s'}{text}" for value, text in zip(filled, rest, strict=True)
    )


def _values(row: models.Model) -> tuple[tuple[object, ...], list[Any]] | None:
    """The shape of `row` and what it gives the database; None where a value is an expression."""
    with_key = row.pk is not None
    special: list[int | str] = []
    given: list[Any] = []
    for place, (column, plain, as_it_is) in enumerate(_columns(type(row), with_key)):
        value = getattr(row, column.attname) if as_it_is else column.pre_save(row, True)
        kind = type(value)
        if kind in plain:
            given.append(value)
        elif value is None:
            special.append(~place)
        elif kind is DatabaseDefault:
            special.append(place)
        elif kind is RawSQL and None not in value.params:
            special += (place, value.sql)
            given += value.params
        elif hasattr(value, "resolve_expression"):
            return None
        else:
            ready = column.get_db_prep_save(value, wire())
            if ready is None:
                special.append(~place)
            else:
                given.append(ready)
    return (type(row), with_key, *special), given


def _compiled(rows: list[models.Model]) -> tuple[str, Sequence[Any]]:
    model = type(rows[0])
    query = InsertQuery(model)
    query.insert_values([column for column, _plain, _as_it_is in _columns(model, rows[0].pk is not None)], rows)
    compiler: Any = query.get_compiler(DEFAULT)
    compiler.returning_fields = [model._meta.pk]
    ((statement, parameters),) = compiler.as_sql()
    return statement, parameters


_made: dict[tuple[object, ...], tuple[str, str, str]] = {}
_PLAIN: dict[Any, type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.UUIDField: UUID,
    **dict.fromkeys((models.IntegerField, models.SmallIntegerField, models.BigIntegerField, models.BigAutoField), int),
    **dict.fromkeys((models.PositiveIntegerField, models.PositiveSmallIntegerField), int),
}


@cache
def _columns(model: type[models.Model], with_key: bool) -> tuple[tuple[Any, frozenset[type], bool], ...]:
    """The fields that an INSERT names; the types of values that go to the database as they are; whether a row's value
    is what is written."""
    meta = model._meta
    fields = [
        one for one in meta.local_concrete_fields if not one.generated and (with_key or one is not meta.auto_field)
    ]
    return tuple(
        (one, frozenset(_plain_types(one)), type(one).pre_save in (models.Field.pre_save, models.AutoField.pre_save))
        for one in fields
    )


def _plain_types(field: Any) -> Iterator[type]:
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    for own, value in _PLAIN.items():
        if type(kind) is own or (
            value is str and isinstance(kind, own) and type(kind).get_prep_value is own.get_prep_value
        ):
            yield value


@cache
def _left_to_database(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(one.attname for one in model._meta.local_concrete_fields if one.has_db_default())
