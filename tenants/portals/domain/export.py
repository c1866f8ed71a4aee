"""Everything a portal's schema holds, as one archive: COPY of each table in one snapshot."""

from __future__ import annotations

import json
import zipfile
from typing import IO, Any

from psycopg import sql

from infra.db.owner import owner_connection
from infra.kit.errors import NotFound
from tenants.portals.models import MigrationState

MANIFEST = "manifest.json"


def export_schema(schema: str, target: IO[bytes]) -> dict[str, int]:
    """Write the rows of every table of `schema` to `target` as a ZIP of CSV files; answers the rows by table.

    All tables are read in one REPEATABLE READ transaction, so the archive is one moment of the portal. `manifest.json`
    names the tables, their rows and the fingerprint of the migrations they belong to. Raises NotFound for a schema that
    is no portal's. Runs as owner: for operators and jobs, never for a request.
    """
    state = MigrationState.objects.filter(pk=schema).first()
    if state is None:
        raise NotFound
    rows: dict[str, int] = {}
    with owner_connection(autocommit=True) as raw:
        raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for table in tables_of(raw, schema):
                rows[table] = _copy(raw, schema, table, archive)
            manifest = {"schema": schema, "fingerprint": state.fingerprint, "tables": rows}
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        raw.execute("COMMIT")
    return rows


def tables_of(raw: Any, schema: str) -> list[str]:
    """The tables of a schema, by name."""
    found = raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", [schema])
    return [row[0] for row in found]


def _copy(raw: Any, schema: str, table: str, archive: zipfile.ZipFile) -> int:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)").format(sql.Identifier(schema, table))
    with raw.cursor() as cursor, archive.open(f"{table}.csv", "w") as file:
        with cursor.copy(statement) as copy:
            for part in copy:
                file.write(part)
        return int(cursor.rowcount)
