"""Who works on a job: a lock that PostgreSQL frees the moment the worker's connection is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from infra.db.current import portal_schema


@contextmanager
def working_on(job_id: int) -> Iterator[bool]:
    """Hold the job for as long as the block runs; gives False, at once, if another connection holds it."""
    name = f"{portal_schema()}:{job_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('job'), hashtext(%s))", [name])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('job'), hashtext(%s))", [name])
