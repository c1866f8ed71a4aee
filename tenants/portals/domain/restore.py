"""One portal back to the moment of an archive, while every other portal goes on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from psycopg import errors, sql

from infra.adapters.storage import MissingObject, get_storage
from infra.db import changes
from infra.db.grants import grant_statements
from infra.db.owner import owner_connection
from infra.kit.errors import Conflict, NotFound
from tenants.portals.domain.checksums import checksum
from tenants.portals.domain.erasures import apply_erasures
from tenants.portals.domain.export import FILES, MANIFEST, PORTAL_TABLE, SHARED, tables_of
from tenants.portals.domain.retired import is_retired
from tenants.portals.domain.shared_rows import goes_back, rows_about_portals
from tenants.portals.migrating.dump import schema_sql
from tenants.portals.models import MigrationState, RetiredName, SchemaRelease

# Who was signed in then is not signed in now.
LEFT_EMPTY = {"django_session", "usersessions_usersession"}
# What the operator decided about the portal since then stays decided.
_PORTAL_KEEPS = {"id", "schema_name", "is_operator"}
_PORTAL_KEEPS |= {"status", "status_note", "resume_status", "erase_after", "erased_at"}
_PART = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came back: rows by table of the schema, rows by shared table, files written, people forgotten again."""

    rows: Mapping[str, int]
    shared: Mapping[str, int]
    files: int
    erased: int


def restore_schema(schema: str, source: IO[bytes]) -> dict[str, int]:
    """Replace the rows of every table of `schema` by those of an archive of `export_schema`; answers the rows by table.

    All or nothing, in one transaction that nobody reads between; everybody has to sign in again. Runs as owner, for
    operators.

    Raises:
        NotFound: a schema that is no portal's.
        Conflict: the archive is of another portal, of other migrations, of other tables, or not what was exported.
    """
    with zipfile.ZipFile(source) as archive, owner_connection() as raw:
        manifest = _manifest(archive, schema)
        rows = _rows(raw, schema, archive, manifest)
    _again(schema)
    return rows


def restore_portal(schema: str, source: IO[bytes]) -> Restored:
    """Bring back all of a portal from an archive of `export_schema(whole=True)`: rows, shared rows, files.

    A schema that was lost is made anew. Rows of other rooms' shared tables (plan, money) are only added where they are
    missing; status stays. Who was forgotten since is forgotten again (promise 51). The shared rows and the schema are
    one transaction; files are written before it and surplus ones removed after it.

    Raises:
        NotFound: a schema that never was a portal's.
        Conflict: as restore_schema; the portal was erased, or an address of it belongs to another one now.
    """
    with zipfile.ZipFile(source) as archive:
        manifest = _manifest(archive, schema)
        if "files" not in manifest:
            raise Conflict("the archive holds rows alone")
        if is_retired(RetiredName.Kind.SCHEMA, schema):
            raise Conflict("the portal was erased, and stays so")
        written = _write_files(archive, manifest["files"])
        try:
            with owner_connection() as raw:
                _ensure_schema(raw, schema, manifest["fingerprint"])
                shared = _shared(raw, archive, manifest["shared"])
                rows = _rows(raw, schema, archive, manifest)
        except errors.UniqueViolation as error:
            raise Conflict(f"something of it belongs to another portal now: {error.diag.message_detail}") from error
    for found in list(get_storage().iterate(schema)):
        if found.key not in manifest["files"]:
            get_storage().delete(found.key)
    return Restored(rows=rows, shared=shared, files=written, erased=_again(schema))


def _again(schema: str) -> int:
    """After the rows: let processes notice, and forget again whom the archive still knew."""
    changes.announce(schema)
    return apply_erasures(schema)


def _manifest(archive: zipfile.ZipFile, schema: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest["schema"] != schema:
        raise Conflict("the archive is of another portal or of other migrations")
    return manifest


def _ensure_schema(raw: Any, schema: str, fingerprint: str) -> None:
    """The schema as its migrations make it, where it was lost."""
    if raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
        return
    release = SchemaRelease.objects.filter(pk=fingerprint).exclude(dump="").first()
    if release is None:
        raise Conflict("the archive is of other migrations than this release can make")
    raw.execute(schema_sql(release.dump, schema).encode())
    if grants := grant_statements(schema).as_string(raw):
        raw.execute(grants.encode())
    raw.execute(
        sql.SQL(
            "INSERT INTO public.{} (schema_name, fingerprint, broken, error, seeded, updated_at)"
            " VALUES (%s, %s, false, '', '[]', now()) ON CONFLICT (schema_name) DO NOTHING"
        ).format(sql.Identifier(MigrationState._meta.db_table)),
        [schema, fingerprint],
    )


def _rows(raw: Any, schema: str, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> dict[str, int]:
    found = raw.execute(
        sql.SQL("SELECT fingerprint FROM public.{} WHERE schema_name = %s").format(
            sql.Identifier(MigrationState._meta.db_table)
        ),
        [schema],
    ).fetchone()
    if found is None:
        raise NotFound
    if manifest["fingerprint"] != found[0]:
        raise Conflict("the archive is of another portal or of other migrations")
    rows = load_rows(raw, schema, archive, manifest)
    raw.execute(  # events and jobs that wait in the rows: nobody was told of these
        "INSERT INTO public.wakeups_wakeup (room, schema_name, due_at)"
        " SELECT room, %s, now() FROM unnest(ARRAY['outbox', 'jobs']) AS room",
        [schema],
    )
    return rows


def load_rows(raw: Any, schema: str, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Put the archive's rows into the tables of `schema`, and compare checksums where it has them. Raises Conflict."""
    tables, rows = tables_of(raw, schema), {}
    if set(manifest["tables"]) != set(tables):
        raise Conflict("the archive is of other tables")
    raw.execute("SET LOCAL lock_timeout = '10s'")
    every = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
    raw.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a schema just made still has checks of its presets waiting
    raw.execute(sql.SQL("TRUNCATE {}").format(every))
    raw.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in tables:  # foreign keys are checked at the end of the transaction, so the order is free
        if table not in LEFT_EMPTY:
            rows[table] = _copy(raw, sql.Identifier(schema, table), archive, f"{table}.csv")
            _count_on(raw, schema, table)
    raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, was in manifest.get("checksums", {}).items():
        if table not in LEFT_EMPTY and checksum(raw, schema, table) != was:
            raise Conflict(f"{table} came back other than it was")
    return rows


def _shared(raw: Any, archive: zipfile.ZipFile, expected: Mapping[str, int]) -> dict[str, int]:
    """The portal's rows of the shared tables; answers how many of each are written."""
    counts = {PORTAL_TABLE: _portal_row(raw, archive)}
    for table, column in rows_about_portals():
        if table not in expected:
            continue  # younger than the archive
        staged = _stage(raw, archive, table)
        if goes_back(table):
            raw.execute(
                sql.SQL("DELETE FROM public.{} WHERE {} = (SELECT id FROM {})").format(
                    sql.Identifier(table), sql.Identifier(column), sql.Identifier("staged_" + PORTAL_TABLE)
                )
            )
        counts[table] = raw.execute(
            sql.SQL("INSERT INTO public.{} SELECT * FROM {} {}").format(
                sql.Identifier(table), staged, sql.SQL("" if goes_back(table) else "ON CONFLICT DO NOTHING")
            )
        ).rowcount
        _count_on(raw, "public", table)
    return counts


def _portal_row(raw: Any, archive: zipfile.ZipFile) -> int:
    staged = _stage(raw, archive, PORTAL_TABLE)
    columns = [row[0] for row in _columns(raw, PORTAL_TABLE) if row[0] not in _PORTAL_KEEPS]
    statement = sql.SQL("INSERT INTO public.{} SELECT * FROM {} ON CONFLICT (id) DO UPDATE SET {}").format(
        sql.Identifier(PORTAL_TABLE),
        staged,
        sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in columns),
    )
    return int(raw.execute(statement).rowcount)


def _columns(raw: Any, table: str) -> list[Any]:
    found: list[Any] = raw.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", [table]
    ).fetchall()
    return found


def _stage(raw: Any, archive: zipfile.ZipFile, table: str) -> sql.Identifier:
    """The archive's rows of a shared table, in a table that goes with the transaction."""
    staged = sql.Identifier("staged_" + table)
    raw.execute(sql.SQL("CREATE TEMP TABLE {} (LIKE public.{}) ON COMMIT DROP").format(staged, sql.Identifier(table)))
    _copy(raw, staged, archive, f"{SHARED}{table}.csv")
    return staged


def _write_files(archive: zipfile.ZipFile, sums: Mapping[str, str]) -> int:
    """Put back the objects that are missing or differ. Raises Conflict where the archive's own copy differs."""
    storage, written = get_storage(), 0
    for key, was in sums.items():
        if _sum_of(key) == was:
            continue
        with archive.open(FILES + key) as file:
            stored = storage.put(key, file, "application/octet-stream")  # type: ignore[arg-type]  # zipfile reads bytes
        if stored.sha256 != was:
            raise Conflict(f"{key} came back other than it was")
        written += 1
    return written


def _sum_of(key: str) -> str:
    digest = hashlib.sha256()
    try:
        with get_storage().open(key) as source:
            while part := source.read(_PART):
                digest.update(part)
    except MissingObject:
        return ""
    return digest.hexdigest()


def _copy(raw: Any, table: sql.Composable, archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as file:
        head = file.readline().decode()
        columns = sql.SQL(", ").join(sql.Identifier(column) for column in next(csv.reader(io.StringIO(head))))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(table, columns)
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
