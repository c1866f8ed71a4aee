"""Running a migration for real on the template while writing down what it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import groupby
from typing import Any, cast

from django.db import connection, transaction
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    Migration,
    RunPython,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from infra.db.backend.schema import DatabaseSchemaEditor
from tenants.portals.models import RecordedMigration

# Operations of one kind that follow each other are drawn into the state together. Django draws the models anew, with
# all that are related to them, after each operation: nine tenths of the time of a first migration.
_TOGETHER = {CreateModel: "model", AddField: "field", AddIndex: "rule", AddConstraint: "rule"}


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
            for run in _runs(migration.operations):
                before = state.clone()
                _move_on(state, migration.app_label, [operation for _, operation in run])
                for place, operation in run:
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


def _runs(operations: Sequence[Operation]) -> Iterator[list[tuple[int, Operation]]]:
    """The operations with their places, in order, in runs of one kind of `_TOGETHER`; every other one is alone."""

    def run(item: tuple[int, Operation]) -> object:
        place, operation = item
        return _TOGETHER.get(type(operation), place)

    return (list(items) for _, items in groupby(enumerate(operations), key=run))


def _move_on(state: ProjectState, app: str, run: Sequence[Any]) -> None:
    """Bring `state` behind the operations of one run and draw the models they touch once."""
    if len(run) == 1:
        run[0].state_forwards(app, state)
        return
    drawn = state.__dict__.pop("apps", None)  # without them operations change the plan of the models alone
    for operation in run:
        operation.state_forwards(app, state)
    if drawn is not None:
        state.__dict__["apps"] = drawn
        touched = {one.name_lower if isinstance(one, CreateModel) else one.model_name_lower for one in run}
        state.reload_models([(app, name) for name in touched], delay=_TOGETHER[type(run[0])] == "rule")
