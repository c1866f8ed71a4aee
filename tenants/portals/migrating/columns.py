"""What schemas really hold, compared by the catalogue rather than by what the migration table claims."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

# One hash a schema over columns, constraints and indexes. Order of columns and numbers of objects do not count.
_HASHES = """
SELECT nspname, md5(string_agg(fact, E'\\n' ORDER BY fact COLLATE "C")) FROM (
    SELECT n.nspname,
           c.relname || '.' || a.attname || ' ' || a.atttypid || ',' || a.atttypmod || ' ' || a.attnotnull::text
           || ' ' || a.attidentity::text || ' ' || a.attgenerated::text AS fact
      FROM pg_namespace n
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = ANY(%(schemas)s)
    UNION ALL
    SELECT n.nspname, 'constraint ' || r.relname || '.' || k.conname || ' ' || k.contype::text
      FROM pg_namespace n
      JOIN pg_constraint k ON k.connamespace = n.oid AND k.contype <> 'n'
      JOIN pg_class r ON r.oid = k.conrelid
     WHERE n.nspname = ANY(%(schemas)s)
    UNION ALL
    SELECT n.nspname, 'index ' || c.relname
      FROM pg_namespace n
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'i'
     WHERE n.nspname = ANY(%(schemas)s)
) facts GROUP BY nspname
"""


def columns_of(schemas: Sequence[str]) -> dict[str, str]:
    """A hash of what each of `schemas` holds; equal hashes mean equal tables, columns, constraints and index names."""
    with connection.cursor() as cursor:
        cursor.execute(_HASHES, {"schemas": list(schemas)})
        found: dict[str, str] = dict(cursor.fetchall())
    return found
