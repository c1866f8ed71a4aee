"""The database backend: django-tenants' PostgreSQL backend, made to fail closed."""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db.backends.postgresql.base import ServerSideCursor
from django_tenants.postgresql_backend import base as tenants
from django_tenants.utils import get_limit_set_calls, quote_schema_name
from psycopg import _queries
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus

from infra.db import changes
from infra.db.backend.schema import DatabaseSchemaEditor

_TIMESTAMPTZ = psycopg.adapters.types["timestamptz"].oid
_LOADER: Any = psycopg.adapters.get_loader(_TIMESTAMPTZ, Format.TEXT)
_ServerSide: Any = ServerSideCursor
# psycopg remembers how a statement falls apart at its parameters up to 50 of them; rows written together have more.
_queries.MAX_CACHED_STATEMENT_LENGTH = 16_384
_queries.MAX_CACHED_STATEMENT_PARAMS = 250


class DatabaseWrapper(tenants.DatabaseWrapper):
    """One connection of one thread, always on exactly one schema.

    What differs from django-tenants: a `SET search_path` that fails raises instead of leaving the connection on the
    schema before (only an already aborted transaction is let through, so that it can be rolled back); content types are
    forgotten per connection, not for all threads; the connection hears of changes to portals (`infra.db.changes`).
    """

    SchemaEditorClass = DatabaseSchemaEditor
    schema_name: str
    tenant: Any
    include_public_schema: bool
    search_path_set_schemas: list[str] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.content_types: dict[str, dict[Any, Any]] = {}
        self.sheets: list[Any] = []  # rows that wait to be written together (infra.db.gathering)
        self._last: list[Callable[[], None]] | None = None
        self._kept: dict[str, psycopg.Cursor[Any]] = {}  # by statement that the server keeps ready
        super().__init__(*args, **kwargs)

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Be on `tenant.schema_name` from the next statement on."""
        schema = tenant.schema_name
        if not schema or not tenants.is_valid_schema_name(schema):
            raise ValueError(f"not a schema name: {schema!r}")
        if schema != self.schema_name or include_public != self.include_public_schema:
            self.search_path_set_schemas = None
            self.content_types = {}
        self.tenant = tenant
        self.schema_name = schema
        self.include_public_schema = include_public

    def _handle_search_path(self, cursor: Any = None) -> None:
        if get_limit_set_calls() and self.search_path_set_schemas:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # only a rollback can follow, and it forgets the path anyway
        paths = self._get_cursor_search_paths()
        statement = "SET search_path = " + ", ".join(quote_schema_name(path) for path in paths)
        # Straight through libpq: once a request, and Django's and psycopg's cursors would cost more than the server.
        with self.wrap_database_errors:
            result = self.connection.pgconn.exec_(statement.encode())
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)
        self.search_path_set_schemas = paths

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Connect, and listen to changes of portals."""
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        # psycopg's own loader, in C; Django's reads every moment in Python. Sessions are in UTC.
        connection.adapters.register_loader(_TIMESTAMPTZ, _LOADER)
        changes.listen(connection)
        self._kept = {}
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor, on the server where it has a `name`. Django's would put its own loader of moments back."""
        if name is None:
            return self.connection.cursor()
        return _ServerSide(self.connection, name=name, scrollable=False, withhold=self.connection.autocommit)

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What `statement` finds, which the server parses and plans once for this connection.

        For the hottest paths alone, and for statements that name every table and function with its schema: plans
        outlive the search path, which is not even set here. Whole numbers go as text, so that the server takes them for
        what it asked for and one plan serves them all.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        raw: psycopg.Connection[Any] = self.connection
        cursor = self._kept.get(statement)
        if cursor is None:
            cursor = self._kept[statement] = psycopg.Cursor(raw)
        given = [str(value) if type(value) is int else value for value in values]
        with self.wrap_database_errors:
            raw.prepare_threshold = 0
            try:
                return cursor.execute(statement, given, prepare=True).fetchall()
            finally:
                raw.prepare_threshold = None

    def row(self, statement: str, values: Sequence[Any]) -> tuple[Any, ...]:
        """The one row that `statement` (a function of ours) always answers with, see `rows`."""
        return self.rows(statement, values)[0]

    def is_usable(self) -> bool:
        """Whether the server still answers, asked before a request's first statement.

        A server that went away or threw us out has said so, or hung up: then there is something to read. Where there
        is nothing, the question is not asked, which would be a round trip for every request.
        """
        if self.connection is not None and not self.connection.closed and self._is_silent():
            return True
        return bool(super().is_usable())

    def _is_silent(self) -> bool:
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)

    def run_and_clear_commit_hooks(self) -> None:
        """Run what waits for the commit, and after all of it what that asked to be run `last`."""
        outer, self._last = self._last, []
        try:
            super().run_and_clear_commit_hooks()
        finally:
            waiting, self._last = self._last, outer
            for work in waiting:
                work()

    def last(self, work: Callable[[], None]) -> None:
        """Run `work` once when the hooks of the commit that is being told have run; at once where none are running."""
        if self._last is None:
            work()
        elif work not in self._last:
            self._last.append(work)
