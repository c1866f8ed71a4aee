"""The owner role: the only one that may run DDL. Web and workers connect as the app role and cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.db import connection, connections


def _owner() -> dict[str, Any]:
    """What `DATABASE_OWNER_URL` changes of the default database's settings."""
    found = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    return {key: found[key] for key in ("USER", "PASSWORD", "HOST", "PORT") if found.get(key)}


def owner_parameters() -> dict[str, Any]:
    """How libpq reaches the default database as owner."""
    found = {**connection.settings_dict, **_owner()}
    keys = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {libpq: str(found[key]) for key, libpq in keys.items() if found.get(key)}


@contextmanager
def owner_connection(*, autocommit: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A psycopg connection as owner, on no portal (search_path public); one transaction unless `autocommit`.

    Commits when the block ends, rolls back when it raises, and closes.
    """
    with psycopg.connect(
        **owner_parameters(),
        autocommit=autocommit,
        prepare_threshold=None,
        application_name="portal-owner",
        options="-c search_path=public -c timezone=UTC",
    ) as raw:
        yield raw


def become_owner() -> None:
    """Let this process (a management command) run its ORM and DDL as owner, in all its threads, without time limits."""
    for one in (connections.settings["default"], connection.settings_dict):
        one.update(_owner())
        one["OPTIONS"] = {key: value for key, value in one.get("OPTIONS", {}).items() if key != "options"}
    connection.close()


def app_role() -> str:
    """The role web and workers connect as."""
    return str(settings.DB_APP_ROLE)
