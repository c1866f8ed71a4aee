"""Whether two sets of rows are the same: a sum over each table that does not depend on the order of rows or columns."""

from __future__ import annotations

from typing import Any

from psycopg import sql


def checksum(raw: Any, schema: str, table: str, where: sql.Composable | None = None) -> str:
    """Rows and a 64-bit hash of each, added up: "12:-3498234…". Reads the table once, keeps nothing."""
    names = [
        row[0]
        for row in raw.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = (quote_ident(%s) || '.' || quote_ident(%s))::regclass"
            " AND attnum > 0 AND NOT attisdropped ORDER BY attname",
            [schema, table],
        ).fetchall()
    ]
    statement = sql.SQL(
        "SELECT count(*) || ':' || coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)"
        " FROM {table} {where}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier(schema, table),
        where=where or sql.SQL(""),
    )
    return str(raw.execute(statement).fetchone()[0])
