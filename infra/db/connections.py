"""Django's connections, typed as the backend of ours that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.db import connections

if TYPE_CHECKING:
    from infra.db.backend.base import DatabaseWrapper

PUBLIC = "public"
DEFAULT = "default"


def wire(alias: str = DEFAULT) -> DatabaseWrapper:
    """This thread's connection to the database `alias`; it knows which schema it is on."""
    return cast("DatabaseWrapper", connections[alias])
