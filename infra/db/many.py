"""Many rows of one table written in one statement: arrays of text that PostgreSQL unfolds and casts.

A tenth of what a statement with as many parameter lists costs Django and the driver. Foreign keys, checks and
uniqueness are the database's, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db import models
from psycopg import sql

from infra.db.connections import PUBLIC, wire
from infra.db.errors import NoPortal
from infra.db.ids import IdsField
from infra.db.models import Versioned


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` ids of `model` that nobody else gets."""
    table = model._meta.db_table
    with wire().cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{table}"', model._meta.pk.column, count],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def insert_many(
    model: type[models.Model],
    rows: Sequence[models.Model],
    *,
    worked_out: Mapping[str, tuple[str, Sequence[Sequence[str]]]] | None = None,
) -> None:
    """Insert new `rows` of a portal's table; where ids are wanted afterwards the caller gives them (`new_ids`).

    `worked_out` gives columns that the database computes: name → (SQL over {0}, {1}…, a list of texts per row for
    them). Rows keep the defaults of the database where they hold none. Raises NoPortal.
    """
    if not rows:
        return
    computed = dict(worked_out or {})
    fields = [one for one in _columns_of(model, computed) if not _left_out(one, rows)]
    if issubclass(model, Versioned):
        for row in rows:
            row.version = 1  # type: ignore[attr-defined]  # every Versioned has one
    columns, values, given, arrays = _unfolded(fields, rows, computed, add=True)
    statement = sql.SQL("INSERT INTO {table} ({columns}) SELECT {values} FROM {given}").format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(columns),
        values=sql.SQL(", ").join(values),
        given=given,
    )
    with wire().cursor() as cursor:
        cursor.execute(statement, arrays)


def update_many(
    model: type[models.Model],
    rows: Sequence[models.Model],
    *,
    worked_out: Mapping[str, tuple[str, Sequence[Sequence[str]]]] | None = None,
) -> None:
    """Save `rows` of a portal's table, which their caller has locked; columns that were not read stay as they are.

    `worked_out` is that of `insert_many`. Raises NoPortal.
    """
    if not rows:
        return
    computed, unread = dict(worked_out or {}), rows[0].get_deferred_fields()
    key = model._meta.pk
    fields = [key, *(one for one in _columns_of(model, computed) if one is not key and one.attname not in unread)]
    if issubclass(model, Versioned):
        for row in rows:
            row.version += 1  # type: ignore[attr-defined]  # every Versioned has one
    columns, values, given, arrays = _unfolded(fields, rows, computed, add=False)
    statement = sql.SQL("UPDATE {table} AS kept SET {set} FROM {given} WHERE kept.{key} = {pk}").format(
        table=sql.Identifier(model._meta.db_table),
        set=sql.SQL(", ").join(
            [sql.SQL("{} = {}").format(*pair) for pair in zip(columns[1:], values[1:], strict=True)]
        ),
        given=given,
        key=columns[0],
        pk=values[0],
    )
    with wire().cursor() as cursor:
        cursor.execute(statement, arrays)


def _columns_of(model: type[models.Model], computed: Mapping[str, Any]) -> list[Any]:
    return [one for one in model._meta.local_concrete_fields if one.attname not in computed and not one.generated]


def _unfolded(
    fields: Sequence[Any],
    rows: Sequence[models.Model],
    computed: Mapping[str, tuple[str, Sequence[Sequence[str]]]],
    *,
    add: bool,
) -> tuple[list[sql.Composable], list[sql.Composable], sql.Composable, list[list[str | None]]]:
    """Names and values of the columns, the FROM that the values are taken of, and its parameters. Raises NoPortal."""
    connection = wire()
    if connection.schema_name == PUBLIC:
        raise NoPortal
    arrays: list[list[str | None]] = [[_text(one, one.pre_save(row, add=add)) for row in rows] for one in fields]
    places = [sql.Identifier(f"c{place}") for place in range(len(arrays))]
    values: list[sql.Composable] = [
        sql.SQL("{}::{}").format(place, sql.SQL(_type(one, connection)))
        for place, one in zip(places, fields, strict=True)
    ]
    for expression, texts in computed.values():
        own = []
        for column in zip(*texts, strict=True):
            places.append(sql.Identifier(f"c{len(arrays)}"))
            own.append(places[-1])
            arrays.append(list(column))
        values.append(sql.SQL(expression).format(*own))
    given = sql.SQL("unnest({arrays}) AS given({places})").format(
        arrays=sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(arrays)), places=sql.SQL(", ").join(places)
    )
    names: list[sql.Composable] = [sql.Identifier(str(name)) for name in (*(one.column for one in fields), *computed)]
    return names, values, given, arrays


def _left_out(field: Any, rows: Sequence[models.Model]) -> bool:
    """The key where the database counts it, and where every row has the database's own default."""
    if field.primary_key and rows[0].pk is None:
        return True
    return field.has_db_default() and all(
        hasattr(row.__dict__.get(field.attname), "resolve_expression") for row in rows
    )


def _type(field: Any, connection: Any) -> str:
    kind = field.target_field if field.remote_field is not None else field
    return str(kind.cast_db_type(connection)).partition("(")[0].replace("varchar", "text")


def _text(field: Any, value: Any) -> str | None:
    if hasattr(value, "resolve_expression"):  # the database's default, in a row beside others that have a value
        value = getattr(field.db_default, "value", field.db_default)
    match value:
        case None:
            return None
        case str():
            return value if field.get_internal_type() != "JSONField" else orjson.dumps(value).decode()
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case list() if isinstance(field, IdsField):
            return f"{{{','.join(map(str, value))}}}" if value else None
        case dict() | list():
            return orjson.dumps(value, default=str).decode()
    return str(value)
