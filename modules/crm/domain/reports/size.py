"""Whether a question takes long: its figures, or what they are compared with, are fetched after the page."""

from __future__ import annotations

from django.db import connection

from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports.asking import Ask

MANY = 200_000  # records
LONG = 7  # days


def takes_long(ask: Ask, kind: Kind) -> bool:
    """Whether more than a week of a large table is asked about."""
    return ask.period.days > LONG and is_large(kind)


def is_large(kind: Kind) -> bool:
    """Whether there are many records of a kind, by what the database remembers of the table's size."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [kind.model._meta.db_table])
        return bool(cursor.fetchone()[0] >= MANY)
