"""A transaction-pooling proxy between us and PostgreSQL mixes portals' search paths without a word (promise 4).

The search path belongs to the database session. A proxy that hands the session to somebody else between two
transactions hands over the portal with it. So the start asks: is a session ours from one transaction to the next?
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.rows import tuple_row

ROUNDS = 3
Connect = Callable[[], "psycopg.Connection[Any]"]


class TransactionPooling(ImproperlyConfigured):
    """The database is behind a proxy that shares sessions between clients."""

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_URL leads through a transaction-pooling proxy (PgBouncer with pool_mode=transaction or "
            "statement, or a managed pooler). It would answer one company with another company's data. Point "
            "DATABASE_URL at PostgreSQL itself, or set the pool mode to “session”."
        )


def refuse_transaction_pooling(url: str) -> None:
    """Raise TransactionPooling if sessions behind `url` (a libpq URL) are shared between transactions."""
    check_sessions(lambda: psycopg.connect(url, autocommit=True, connect_timeout=5, prepare_threshold=None))


def check_sessions(connect: Connect) -> None:
    """Open two sessions, mark both, end their transactions in changing order: each must keep its mark and process.

    A pooling proxy gives the server connection that was used last (or longest ago) to whoever asks next, so that within
    two orders at least one transaction lands on the other's connection.
    """
    with ExitStack() as stack:
        pair = [stack.enter_context(connect()) for _ in range(2)]
        own = []
        for number, connection in enumerate(pair):
            connection.execute("SELECT set_config('portal.session', %s, false)", [str(number)])
            own.append(_session(connection))
        for turn in range(ROUNDS):
            for number, connection in enumerate(pair):
                connection.execute("BEGIN")
                if _session(connection) != own[number]:
                    raise TransactionPooling
            for connection in pair if turn % 2 else reversed(pair):
                connection.execute("COMMIT")
        if own[0][1] == own[1][1]:
            raise TransactionPooling


def _session(connection: "psycopg.Connection[Any]") -> tuple[str, int]:
    """The mark of the session that answers, and its process id."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute("SELECT current_setting('portal.session', true), pg_backend_pid()").fetchone()
    assert found is not None  # noqa: S101 - a SELECT without FROM has one row
    return str(found[0]), int(found[1])
