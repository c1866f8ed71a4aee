"""Everything that belongs to a portal, as one archive: COPY of each table in one snapshot, shared rows, files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from typing import IO, Any

from psycopg import sql

from infra.adapters.storage import MissingObject, get_storage
from infra.db.owner import owner_connection
from infra.kit.errors import NotFound
from tenants.portals.domain.checksums import checksum
from tenants.portals.domain.shared_rows import rows_about_portals
from tenants.portals.models import MigrationState, Portal

MANIFEST = "manifest.json"
SHARED, FILES = "shared/", "files/"
PORTAL_TABLE = Portal._meta.db_table
_PART = 1024 * 1024


def export_schema(schema: str, target: IO[bytes], *, whole: bool = False) -> dict[str, int]:
    """Write the rows of every table of `schema` to `target` as a ZIP of CSV files; answers the rows by table.

    All tables are read in one REPEATABLE READ transaction, so the archive is one moment of the portal. `whole` adds the
    portal's rows of the shared tables (`shared/`), its files (`files/`), and checksums of all. `manifest.json` names
    what is there and the fingerprint of the migrations it belongs to. Raises NotFound for a schema that is no portal's.
    Runs as owner: for operators and jobs, never for a request.
    """
    state = MigrationState.objects.filter(pk=schema).first()
    if state is None:
        raise NotFound
    rows: dict[str, int] = {}
    manifest: dict[str, Any] = {"schema": schema, "fingerprint": state.fingerprint, "tables": rows}
    packed = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with owner_connection(autocommit=True) as raw, packed as archive:
        raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in tables_of(raw, schema):
            rows[table] = _copy(raw, sql.Identifier(schema, table), archive, f"{table}.csv")
        if whole:
            manifest["at"] = datetime.now(UTC).isoformat()
            manifest["checksums"] = {table: checksum(raw, schema, table) for table in rows}
            manifest["shared"] = _shared(raw, schema, archive)
        raw.execute("COMMIT")
        if whole:
            manifest["files"] = _files(schema, archive)
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return rows


def tables_of(raw: Any, schema: str) -> list[str]:
    """The tables of a schema, by name."""
    found = raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", [schema])
    return [row[0] for row in found]


def _shared(raw: Any, schema: str, archive: zipfile.ZipFile) -> dict[str, int]:
    counts = {}
    for table, column in [(PORTAL_TABLE, "id"), *rows_about_portals()]:
        statement = sql.SQL(
            "(SELECT * FROM public.{table} WHERE {column} ="
            " (SELECT id FROM public.{portals} WHERE schema_name = {schema}))"
        ).format(
            table=sql.Identifier(table),
            column=sql.Identifier(column),
            portals=sql.Identifier(PORTAL_TABLE),
            schema=sql.Literal(schema),
        )
        counts[table] = _copy(raw, statement, archive, f"{SHARED}{table}.csv")
    return counts


def _files(schema: str, archive: zipfile.ZipFile) -> dict[str, str]:
    """Every object of the portal, with its SHA-256. One that goes while we read was deleted, and is left out."""
    sums, storage = {}, get_storage()
    for found in list(storage.iterate(schema)):
        digest = hashlib.sha256()
        try:
            with storage.open(found.key) as source, archive.open(FILES + found.key, "w", force_zip64=True) as file:
                while part := source.read(_PART):
                    digest.update(part)
                    file.write(part)
        except MissingObject:
            continue
        sums[found.key] = digest.hexdigest()
    return sums


def _copy(raw: Any, what: sql.Composable, archive: zipfile.ZipFile, name: str) -> int:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)").format(what)
    with raw.cursor() as cursor, archive.open(name, "w", force_zip64=True) as file:
        with cursor.copy(statement) as copy:
            for part in copy:
                file.write(part)
        return int(cursor.rowcount)
