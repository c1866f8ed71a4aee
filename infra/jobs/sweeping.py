"""Walking over the schemas of all working portals without entering each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString, cast

from django.db import connection
from django_tenants.utils import get_tenant_model
from psycopg import sql

from infra.db.current import enter_public

BATCH = 200


def portal_batches(size: int = BATCH) -> Iterator[list[tuple[int, str]]]:
    """(id, schema) of all working portals, `size` at a time, by id."""
    after = 0
    while batch := working_portals(after, size):
        yield batch
        after = batch[-1][0]


def working_portals(after: int, limit: int, until: int | None = None) -> list[tuple[int, str]]:
    """(id, schema) of working portals with `after` < id <= `until`, at most `limit`, by id."""
    with enter_public():
        rows = cast("Any", get_tenant_model()._default_manager).working().filter(pk__gt=after)
        if until is not None:
            rows = rows.filter(pk__lte=until)
        return list(rows.order_by("pk").values_list("pk", "schema_name")[:limit])


def schemas_where(table: str, condition: LiteralString) -> Iterator[str]:
    """Schemas of working portals in which `table` has a row that meets `condition` (both constants of the code).

    One statement per batch: an index probe for each schema, no switch of the search path.
    """
    for batch in portal_batches():
        probes = [
            sql.SQL("SELECT {name} WHERE EXISTS (SELECT 1 FROM {table} WHERE {condition})").format(
                name=sql.Literal(schema), table=sql.Identifier(schema, table), condition=sql.SQL(condition)
            )
            for _id, schema in batch
        ]
        with enter_public(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(" UNION ALL ").join(probes))
            found = [row[0] for row in cursor.fetchall()]
        yield from found
