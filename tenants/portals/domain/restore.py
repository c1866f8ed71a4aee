"""One portal's rows back to the moment of an archive, while every other portal goes on."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import IO, Any

from psycopg import sql

from infra.db import changes
from infra.db.owner import owner_connection
from infra.kit.errors import Conflict, NotFound
from tenants.portals.domain.export import MANIFEST, tables_of
from tenants.portals.models import MigrationState

# Who was signed in then is not signed in now.
_LEFT_EMPTY = {"django_session", "usersessions_usersession"}
_PART = 1024 * 1024


def restore_schema(schema: str, source: IO[bytes]) -> dict[str, int]:
    """Replace the rows of every table of `schema` by those of an archive of `export_schema`; answers the rows by table.

    All or nothing, in one transaction that nobody reads between; everybody has to sign in again. Files and the public
    rows of the portal (plan, addresses) are not in the archive and stay as they are. Runs as owner, for operators.

    Raises:
        NotFound: a schema that is no portal's.
        Conflict: the archive is of another portal, of other migrations, or of other tables.
    """
    state = MigrationState.objects.filter(pk=schema).first()
    if state is None:
        raise NotFound
    rows: dict[str, int] = {}
    with zipfile.ZipFile(source) as archive, owner_connection() as raw:
        manifest = json.loads(archive.read(MANIFEST))
        tables = tables_of(raw, schema)
        if (manifest["schema"], manifest["fingerprint"]) != (schema, state.fingerprint):
            raise Conflict("the archive is of another portal or of other migrations")
        if set(manifest["tables"]) != set(tables):
            raise Conflict("the archive is of other tables")
        raw.execute("SET LOCAL lock_timeout = '10s'")
        every = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
        raw.execute(sql.SQL("TRUNCATE {}").format(every))
        for table in tables:  # foreign keys are checked at the end of the transaction, so the order is free
            if table not in _LEFT_EMPTY:
                rows[table] = _copy(raw, schema, table, archive)
                _count_on(raw, schema, table)
    changes.announce(schema)
    return rows


def _copy(raw: Any, schema: str, table: str, archive: zipfile.ZipFile) -> int:
    with archive.open(f"{table}.csv") as file:
        head = file.readline().decode()
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in next(csv.reader(io.StringIO(head))))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(schema, table), columns)
        with raw.cursor() as cursor:
            with cursor.copy(statement) as copy:
                while part := file.read(_PART):
                    copy.write(part)
            return int(cursor.rowcount)


def _count_on(raw: Any, schema: str, table: str) -> None:
    """Let the table's numbers go on after the largest, never back: a number is given out once."""
    found = raw.execute(
        "SELECT a.attname, pg_get_serial_sequence(quote_ident(%(s)s) || '.' || quote_ident(%(t)s), a.attname)"
        " FROM pg_attribute a WHERE a.attrelid = (quote_ident(%(s)s) || '.' || quote_ident(%(t)s))::regclass"
        " AND a.attidentity <> ''",
        {"s": schema, "t": table},
    ).fetchall()
    for column, sequence in found:
        statement = sql.SQL(
            "SELECT setval({name}::regclass,"
            " greatest((SELECT max({column}) FROM {table}), pg_sequence_last_value({name}::regclass)))"
        ).format(name=sql.Literal(sequence), column=sql.Identifier(column), table=sql.Identifier(schema, table))
        raw.execute(statement)
