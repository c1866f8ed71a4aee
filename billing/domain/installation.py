"""The catalogue of a release reaches the database with its migrations."""

from __future__ import annotations

from typing import Any

from django.db import connections

from billing.domain.catalogue import install_defaults
from billing.models import PlanVersion


def install_after_migration(*, using: str, **_: Any) -> None:
    """Bring the catalogue up to the release, once billing's tables stand in the public schema."""
    connection = connections[using]
    if connection.schema_name != "public":  # type: ignore[attr-defined]
        return
    if PlanVersion._meta.db_table in connection.introspection.table_names():
        install_defaults()
