"""Leaving, finding and settling wake-up marks (ADR wake-ups-commit-with-the-change)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from infra.db.current import portal_schema

# What is due at once is also told to a worker at once; only where that word is lost does the tick take it up.
GRACE = timedelta(seconds=5)
_MOST = 10_000

_LEAVE = "INSERT INTO public.wakeups_wakeup (room, schema_name, due_at) VALUES (%s, %s, %s)"
_DUE = (
    "SELECT schema_name FROM public.wakeups_wakeup WHERE room = %s AND due_at <= statement_timestamp()"
    " GROUP BY schema_name ORDER BY min(due_at) LIMIT %s"
)
_SEEN = "SELECT id FROM public.wakeups_wakeup WHERE schema_name = %s AND room = %s LIMIT %s"
_SETTLE = "DELETE FROM public.wakeups_wakeup WHERE id = ANY(%s)"
_OVERDUE = (
    "SELECT count(DISTINCT schema_name), min(due_at) FROM public.wakeups_wakeup"
    " WHERE room = %s AND due_at <= statement_timestamp()"
)


class Marks:
    """The marks of one room."""

    def __init__(self, room: str) -> None:
        self.room = room

    def leave(self, at: datetime | None = None, schema: str = "") -> None:
        """Something is due at `at` (a moment from now, if None) in `schema`, or else in the portal that is entered.

        Part of the open transaction: with the change it stands or falls.
        """
        _run(_LEAVE, [self.room, schema or portal_schema(), at or datetime.now(UTC) + GRACE])

    def due(self, limit: int = 1000) -> list[str]:
        """The schemas in which something is due now, the longest waiting first. They stay until they are settled."""
        return [row[0] for row in _run(_DUE, [self.room, limit])]

    def seen(self) -> list[int]:
        """The marks of the portal that is entered. Read them first, then look: what comes later leaves its own.

        Ids are not given in the order of commits, so what was seen is settled by name, not by a highest number.
        """
        return [row[0] for row in _run(_SEEN, [portal_schema(), self.room, _MOST])]

    @transaction.atomic
    def settle(self, seen: Sequence[int], next_at: datetime | None) -> None:
        """What `seen` stood for is done; look again at `next_at`, or not before somebody leaves a mark (None)."""
        if seen:
            _run(_SETTLE, [list(seen)])
        if next_at is not None:
            self.leave(next_at)

    def overdue(self) -> tuple[int, float]:
        """In how many portals something is due, and for how many seconds the longest one has been waiting."""
        count, oldest = _run(_OVERDUE, [self.room])[0]
        return (count, time.time() - oldest.timestamp()) if count else (0, 0.0)


def _run(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
