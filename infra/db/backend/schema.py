"""The schema editor: Django's, able to tell the DDL it runs so that other schemas can be given the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql.schema import DatabaseSchemaEditor as PostgresSchemaEditor


class DatabaseSchemaEditor(PostgresSchemaEditor):
    """Runs DDL; `on_statement` is called with every statement, complete with its values."""

    on_statement: Callable[[str], None] | None = None

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Run one statement, values merged on this side as Django does for DDL."""
        if params is not None:
            sql = self.connection.ops.compose_sql(str(sql), params)
        if self.on_statement is not None:
            self.on_statement(str(sql))
        super().execute(sql, None)
