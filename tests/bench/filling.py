"""Filling tables by the million, in minutes: indexes are built after the rows, keys are not checked one by one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from tests.support.servers import SUPERUSER_URL

Connection = psycopg.Connection[Any]
_SETTINGS = (
    "session_replication_role = replica",  # no trigger of a key for each row: what is written here is right
    "synchronous_commit = off",
    "maintenance_work_mem = '1GB'",
    "work_mem = '64MB'",
)


@contextmanager
def _connected(schema: str) -> Iterator[Connection]:
    url = os.environ[SUPERUSER_URL].rsplit("/", 1)[0] + "/" + os.environ["DATABASE_URL"].rsplit("/", 1)[1]
    with psycopg.connect(url, autocommit=True) as raw:
        for setting in _SETTINGS:
            raw.execute(f"SET {setting}")
        raw.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        yield raw


def by_twos(schema: str, work: Sequence[Callable[[Connection], object]]) -> None:
    """Do all of `work`, two pieces at a time, each on a connection of its own; the first error is raised."""
    left, failed = list(work), list[BaseException]()

    def run() -> None:
        with _connected(schema) as raw:
            while left and not failed:
                try:
                    left.pop(0)(raw)
                except BaseException as error:
                    failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def bare(schema: str, *tables: str) -> Iterator[None]:
    """Within it `tables` have no indexes but those of their keys; after it they have all of them, and statistics."""
    with _connected(schema) as raw:
        found = raw.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = ANY(%s)"
            " AND indexdef NOT LIKE 'CREATE UNIQUE%%' ORDER BY indexdef LIKE '%%gin%%' DESC",
            [schema, list(tables)],
        ).fetchall()
        for name, _definition in found:
            raw.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name)))
    yield

    def run(statement: str) -> Callable[[Connection], object]:
        return lambda raw: raw.execute(statement.encode())

    by_twos(schema, [run(definition) for _name, definition in found])
    by_twos(schema, [run(f"VACUUM ANALYZE {table}") for table in tables])


def spread(schema: str, statement: str, values: dict[str, Any], rows: int, batch: int = 25_000) -> None:
    """Run `statement`, which makes the rows %(first)s to %(last)s, for all of 1 to `rows`."""

    def part(first: int) -> Callable[[Connection], object]:
        ends = {"first": first, "last": min(first + batch - 1, rows)}
        return lambda raw: raw.execute(statement, {**values, **ends})

    by_twos(schema, [part(first) for first in range(1, rows + 1, batch)])
