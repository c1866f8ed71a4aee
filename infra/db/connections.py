"""Django's connections, typed as the backend of ours that they are."""

from __future__ import annotations

import threading
from asyncio import _get_running_loop
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from django.db import connections

if TYPE_CHECKING:
    from infra.db.backend.base import DatabaseWrapper

PUBLIC = "public"
DEFAULT = "default"
_thread = threading.local()


def wire(alias: str = DEFAULT) -> DatabaseWrapper:
    """This thread's connection to the database `alias`; it knows which schema it is on.

    A thread keeps the same object for life, so it is looked for once: Django's own look costs microseconds, and a
    request asks a hundred times. Inside an event loop Django keeps them by task, and is asked.
    """
    if _get_running_loop() is not None:
        return cast("DatabaseWrapper", connections[alias])
    known: dict[str, DatabaseWrapper] = _thread.__dict__
    found = known.get(alias)
    if found is None:
        found = known[alias] = cast("DatabaseWrapper", connections[alias])
    return found


def array(numbers: Iterable[object]) -> str:
    """Whole numbers as PostgreSQL writes an array of them, for statements that are kept ready (`row`)."""
    return f"{{{','.join(map(str, numbers))}}}"
