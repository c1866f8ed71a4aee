"""The template's SQL, read from the catalogue: every constraint and index keeps the name that Django gave it.

`pg_dump` reads the catalogue of the whole database, which with 1,000 portals takes it most of a minute for this one
schema. Only what Django's migrations make is written here; whatever else the template holds is refused by name. That
nothing is missing is proven by `pg_dump` itself (tests/tenants/portals/test_dump.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql

from infra.db.current import TEMPLATE
from infra.db.owner import owner_connection

_WORD = re.compile(rf"\b{TEMPLATE}\b")
_ROWS_A_STATEMENT = 500


class DumpFailed(RuntimeError):
    """The template holds something that is not written here; the message names it."""


_STRANGE = """
SELECT 'the relation ' || relname FROM pg_class WHERE relnamespace = %(space)s AND relkind NOT IN ('r', 'i', 'S')
UNION ALL SELECT 'the function ' || proname FROM pg_proc WHERE pronamespace = %(space)s
UNION ALL SELECT 'the trigger ' || tgname FROM pg_trigger WHERE tgrelid = ANY(%(tables)s) AND NOT tgisinternal
UNION ALL SELECT 'the policy ' || polname FROM pg_policy WHERE polrelid = ANY(%(tables)s)
UNION ALL SELECT 'the child table ' || inhrelid::regclass FROM pg_inherits WHERE inhrelid = ANY(%(tables)s)
UNION ALL SELECT 'the type ' || typname FROM pg_type WHERE typnamespace = %(space)s AND typtype IN ('d', 'e', 'r', 'm')
UNION ALL SELECT 'the sequence ' || s.oid::regclass FROM pg_class s WHERE s.relnamespace = %(space)s AND s.relkind = 'S'
   AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = s.oid AND deptype = 'i')
"""
_COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
       pg_get_expr(d.adbin, d.adrelid), CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation END
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""
_SEQUENCES = """
SELECT d.refobjid, a.attname, s.oid::regclass::text,
       format('START WITH %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s CACHE %%s%%s',
              q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' END),
       pg_sequence_last_value(s.oid)
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
   AND d.refobjid = ANY(%(tables)s)
"""
_CONSTRAINTS = """
SELECT k.conrelid, k.conname, k.contype, pg_get_constraintdef(k.oid), a.attname
  FROM pg_constraint k
  LEFT JOIN pg_attribute a ON k.contype = 'n' AND a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
 WHERE k.conrelid = ANY(%(tables)s) AND k.contype IN ('p', 'u', 'c', 'x', 'f', 'n')
 ORDER BY k.conrelid, k.contype = 'p' DESC, k.conname
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
 WHERE i.indrelid = ANY(%(tables)s)
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, i.indexrelid
"""


def dump_template() -> str:
    """The template schema, rows included, as statements that psycopg can run. Raises DumpFailed."""
    with owner_connection() as raw:
        raw.isolation_level = IsolationLevel.REPEATABLE_READ
        raw.execute("SET LOCAL search_path = ''")  # so that the catalogue names everything with its schema
        return "\n".join([f"CREATE SCHEMA {TEMPLATE};", *_statements(raw)]) + "\n"


def _statements(raw: psycopg.Connection[Any]) -> Iterator[str]:
    (space,) = raw.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", [TEMPLATE]).fetchone() or (None,)
    relations = "SELECT oid, relname FROM pg_class WHERE relnamespace = %s AND relkind = 'r' ORDER BY relname"
    tables: dict[int, str] = dict(raw.execute(relations, [space]).fetchall())
    known = {"space": space, "tables": list(tables)}
    if strange := [name for (name,) in raw.execute(_STRANGE, known)]:
        raise DumpFailed(f"{TEMPLATE} holds {', '.join(strange)}, which is not written to new portals")
    columns: dict[int, list[Any]] = defaultdict(list)
    for table, *column in raw.execute(_COLUMNS, known):
        columns[table].append(column)
    sequences = {(table, column): rest for table, column, *rest in raw.execute(_SEQUENCES, known)}
    constraints: dict[int, list[Any]] = defaultdict(list)
    for table, *constraint in raw.execute(_CONSTRAINTS, known):
        constraints[table].append(constraint)
    for table, name in tables.items():
        named = {column: key for key, kind, _text, column in constraints[table] if kind == "n"}
        lines = [_column(column, named.get(column[0]), sequences.get((table, column[0]))) for column in columns[table]]
        lines += [f"CONSTRAINT {_quoted(key)} {text}" for key, kind, text, _ in constraints[table] if kind not in "fn"]
        yield f"CREATE TABLE {_qualified(name)} ({_listed(lines)});"
    for table, name in tables.items():
        yield from _inserts(raw, name, [column[0] for column in columns[table] if not column[4]])
    for sequence, _options, last in sequences.values():
        if last is not None:
            yield f"SELECT pg_catalog.setval('{sequence}', {last}, true);"
    for (text,) in raw.execute(_INDEXES, known):
        yield f"{text};"
    for table, name in tables.items():
        if keys := [
            f"ADD CONSTRAINT {_quoted(key)} {text}" for key, kind, text, _ in constraints[table] if kind == "f"
        ]:
            yield f"ALTER TABLE {_qualified(name)} {_listed(keys)};"


def _column(column: Sequence[Any], constraint: str | None, sequence: Sequence[Any] | None) -> str:
    name, kind, needed, identity, generated, expression, collation = column
    parts = [_quoted(name), kind]
    if collation:
        parts.append(f"COLLATE {collation}")
    if generated:
        parts.append(f"GENERATED ALWAYS AS ({expression}){' STORED' if generated == 's' else ''}")
    elif expression is not None:
        parts.append(f"DEFAULT {expression}")
    if identity and sequence is not None:
        when = "ALWAYS" if identity == "a" else "BY DEFAULT"
        parts.append(f"GENERATED {when} AS IDENTITY (SEQUENCE NAME {sequence[0]} {sequence[1]})")
    if needed:
        parts.append(f"CONSTRAINT {_quoted(constraint)} NOT NULL" if constraint else "NOT NULL")
    return " ".join(parts)


def _inserts(raw: psycopg.Connection[Any], table: str, columns: Sequence[str]) -> Iterator[str]:
    """The rows of a table; values travel as text, which the column's type reads back."""
    values = sql.SQL(" || ', ' || ").join(
        sql.SQL("quote_nullable({}::text)").format(sql.Identifier(one)) for one in columns
    )
    query = sql.SQL("SELECT {} FROM ONLY {}").format(values, sql.Identifier(TEMPLATE, table))
    rows = [text for (text,) in raw.execute(query)] if columns else []
    into = f"INSERT INTO {_qualified(table)} ({', '.join(map(_quoted, columns))}) OVERRIDING SYSTEM VALUE VALUES"
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        yield f"{into} {_listed([f'({row})' for row in rows[start : start + _ROWS_A_STATEMENT]])};"


def _listed(lines: Sequence[str]) -> str:
    return "\n  " + ",\n  ".join(lines)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _qualified(table: str) -> str:
    return f"{TEMPLATE}.{_quoted(table)}"


def schema_sql(dump: str, schema: str) -> str:
    """`dump` as statements that make `schema` instead of the template, to be run inside one transaction."""
    return (
        "SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning;\n"
        + _WORD.sub(schema, dump)
    )
