"""What schemas really hold, compared by the catalogue rather than by what the migration table claims."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

# One hash a schema over columns, constraints and indexes. Order of columns and numbers of objects do not count: hashes
# of the facts are added up, which needs no sorting, and taken of rows as they are, which needs no text.
_HASHES = """
WITH relations AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'i')
)
SELECT nspname, concat(count(*), ' ', sum(fact)) FROM (
    SELECT r.nspname, hash_record_extended(ROW(r.relname, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
                                               a.attidentity, a.attgenerated), 0) AS fact
      FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE r.relkind <> 'i'
    UNION ALL
    SELECT r.nspname, hash_record_extended(ROW(r.relname, k.conname, k.contype), 1)
      FROM relations r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype <> 'n'
     WHERE r.relkind <> 'i'
    UNION ALL
    SELECT nspname, hash_record_extended(ROW(relname), 2) FROM relations WHERE relkind = 'i'
) facts GROUP BY nspname
"""


def columns_of(schemas: Sequence[str]) -> dict[str, str]:
    """A hash of what each of `schemas` holds; equal hashes mean equal tables, columns, constraints and index names."""
    with connection.cursor() as cursor:
        cursor.execute(_HASHES, {"schemas": list(schemas)})
        found: dict[str, str] = dict(cursor.fetchall())
    return found
