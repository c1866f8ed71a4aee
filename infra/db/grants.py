"""What the app role may do: rows of all tables; append-only ones are never changed or removed (promise 28)."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from psycopg import sql

from infra.db.connections import PUBLIC
from infra.db.owner import app_role, owner_parameters
from infra.db.router import lives_in_portals


@cache
def append_only_tables(*, portal: bool) -> tuple[str, ...]:
    """Tables of models with `append_only = True`, of portals or of public."""
    return tuple(
        sorted(
            model._meta.db_table
            for model in apps.get_models()
            if getattr(model, "append_only", False) and lives_in_portals(model._meta.app_label) is portal
        )
    )


def grant_statements(schema: str) -> sql.Composable:
    """SQL that gives the app role its rights in `schema`, run by the owner; empty where owner and app are one role."""
    if app_role() == owner_parameters().get("user"):
        return sql.SQL("")
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(app_role())}
    statements = sql.SQL(
        "GRANT USAGE ON SCHEMA {schema} TO {role};"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};"
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
    ).format(**names)
    tables = append_only_tables(portal=schema != PUBLIC)
    if tables:
        listed = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
        statements += sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {};").format(listed, names["role"])
    return statements
