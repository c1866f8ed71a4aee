"""Running a migration for real on the template while writing down what it did."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, cast

from django.db import connection, transaction
from django.db.migrations import Migration, RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from infra.db.backend.schema import DatabaseSchemaEditor
from tenants.portals.models import RecordedMigration


def is_python(operation: Operation) -> bool:
    """Whether the operation decides by itself what to do, so that it must run anew in every schema."""
    if isinstance(operation, SeparateDatabaseAndState):
        return any(is_python(inner) for inner in operation.database_operations)
    return isinstance(operation, RunPython)


def apply_recorded(migration: Migration, state: ProjectState) -> ProjectState:
    """Apply `migration` to the schema the connection is on and keep its steps; answers the state after it.

    An atomic migration, its steps and its mark as applied are one transaction.
    """
    steps: list[dict[str, Any]] = []

    def write_down(statement: str) -> None:
        steps.append({"sql": statement})

    with transaction.atomic() if migration.atomic else nullcontext():
        with cast("DatabaseSchemaEditor", connection.schema_editor(atomic=migration.atomic)) as editor:
            editor.on_statement = write_down
            for place, operation in enumerate(migration.operations):
                before = state.clone()
                operation.state_forwards(migration.app_label, state)
                if is_python(operation):
                    steps.append({"operation": place})
                    editor.on_statement = None
                operation.database_forwards(migration.app_label, editor, before, state)
                editor.on_statement = write_down
        with transaction.atomic():
            MigrationRecorder(connection).record_applied(migration.app_label, migration.name)
            RecordedMigration.objects.update_or_create(
                app=migration.app_label,
                name=migration.name,
                defaults={"atomic": migration.atomic, "steps": steps},
            )
    return state
