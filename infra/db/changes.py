"""How processes hear that a portal changed: PostgreSQL's NOTIFY on the connections they hold anyway.

Caches of portals (`infra.db.current`, hosts in `tenants.portals`) live in the process for some seconds. `announce`
sends the portal's schema when the transaction commits; every connection listens, and `hear` reads what has arrived
without a round trip. A process that holds no connection falls back to the caches' short life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

CHANNEL = "portal_changed"
EVERYTHING = "*"

_listeners: list[Callable[[str], None]] = []


def on_change(forget: Callable[[str], None]) -> Callable[[str], None]:
    """Call `forget(schema)` whenever that portal changed; schema "*" means: drop everything."""
    _listeners.append(forget)
    return forget


def announce(schema: str) -> None:
    """Tell all processes, at commit, that the portal `schema` (its row, hosts or status) changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, schema])
    tell(schema)
    connection.on_commit(lambda: tell(schema))


def tell(schema: str) -> None:
    """Drop what this process remembers of the portal `schema`."""
    for forget in _listeners:
        forget(schema)


def hear() -> None:
    """Take in the announcements that have reached this thread's connection; costs one non-blocking read."""
    raw = connection.connection
    if raw is None or raw.closed or raw.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
        return
    try:
        raw.pgconn.consume_input()
    except psycopg.OperationalError:
        tell(EVERYTHING)  # the connection died: what was announced meanwhile is unknown
        return
    while notice := raw.pgconn.notifies():
        tell(notice.extra.decode())


def listen(raw: psycopg.Connection[Any]) -> None:
    """Subscribe a fresh connection. What was announced before it existed is unknown, so everything is dropped."""
    raw.add_notify_handler(lambda notice: tell(notice.payload))
    raw.execute(f"LISTEN {CHANNEL}")
    raw.commit()
    tell(EVERYTHING)
