"""What one schema still needs, as statements ready to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg import sql

from infra.db.current import TEMPLATE
from infra.db.grants import grant_statements
from infra.db.router import lives_in_portals
from tenants.portals.migrating.releases import Key
from tenants.portals.models import MigrationState, RecordedMigration


class NotRecorded(RuntimeError):
    """A schema needs a migration that was never run on this installation's template."""


@dataclass(frozen=True, kw_only=True)
class PythonStep:
    """An operation that is Python, with the rendered states before and after it (shared by all schemas)."""

    app: str
    operation: Operation
    before: ProjectState
    after: ProjectState


Step = str | PythonStep


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The migrations one group of schemas lacks, in order, and their steps."""

    keys: tuple[Key, ...]
    steps: tuple[Step, ...]
    atomic: bool
    makes_tables: bool = field(default=False)

    @property
    def is_sql(self) -> bool:
        """Whether it can be sent as text, without Django."""
        return self.atomic and all(isinstance(step, str) for step in self.steps)


class Planner:
    """Makes plans from what the template's migrations wrote down. One for a run: the graph is read once."""

    def __init__(self) -> None:
        self.loader = MigrationLoader(None, ignore_no_migrations=True)
        leaves = [key for key in self.loader.graph.leaf_nodes() if lives_in_portals(key[0])]
        order: dict[Key, None] = {}
        for leaf in leaves:
            order.update(dict.fromkeys(self.loader.graph.forwards_plan(leaf)))
        self.order = [key for key in order if lives_in_portals(key[0])]
        self._states: dict[tuple[Key, int], PythonStep] = {}

    def missing(self, applied: Iterable[Key]) -> list[Key]:
        """The migrations a schema with `applied` lacks, in the order to run them."""
        have = set(applied)
        return [key for key in self.order if key not in have]

    def plan(self, missing: Sequence[Key]) -> Plan:
        """The plan for schemas that lack `missing`. Raises NotRecorded."""
        recorded = {(row.app, row.name): row for row in RecordedMigration.objects.all()}
        steps: list[Step] = []
        for key in missing:
            if key not in recorded:
                raise NotRecorded(f"{key[0]}.{key[1]} was never run on the template of this installation")
            for step in recorded[key].steps:
                steps.append(step["sql"] if "sql" in step else self._python(key, step["operation"]))
        return Plan(
            keys=tuple(missing),
            steps=tuple(steps),
            atomic=all(recorded[key].atomic for key in missing),
            makes_tables=any(isinstance(step, str) and step.startswith("CREATE TABLE") for step in steps),
        )

    def _python(self, key: Key, place: int) -> PythonStep:
        if (key, place) not in self._states:
            migration: Migration = self.loader.graph.nodes[key]
            before = self.loader.project_state(key, at_end=False)
            for operation in migration.operations[:place]:
                operation.state_forwards(migration.app_label, before)
            after = before.clone()
            migration.operations[place].state_forwards(migration.app_label, after)
            for state in (
                before,
                after,
            ):  # rendered once; RunPython renders a "delayed" one anew each time
                state.clear_delayed_apps_cache()
                state.is_delayed = False
                assert state.apps is not None  # noqa: S101 - reading it renders it
            self._states[key, place] = PythonStep(
                app=migration.app_label, operation=migration.operations[place], before=before, after=after
            )
        return self._states[key, place]


_LIMITS = "SET LOCAL lock_timeout = '3s'; SET LOCAL client_min_messages = warning;\n"

# Content types and permissions that Django made in the template after its migrations, by natural key.
_CONTENT_TYPES = f"""
INSERT INTO django_content_type (app_label, model)
SELECT app_label, model FROM {TEMPLATE}.django_content_type t
 WHERE NOT EXISTS (SELECT FROM django_content_type m WHERE (m.app_label, m.model) = (t.app_label, t.model));
INSERT INTO auth_permission (name, content_type_id, codename)
SELECT p.name, m.id, p.codename
  FROM {TEMPLATE}.auth_permission p
  JOIN {TEMPLATE}.django_content_type t ON t.id = p.content_type_id
  JOIN django_content_type m ON (m.app_label, m.model) = (t.app_label, t.model)
 WHERE NOT EXISTS (SELECT FROM auth_permission o WHERE (o.content_type_id, o.codename) = (m.id, p.codename));
"""  # noqa: S608 - nothing but our own constant is put in


def beginning(schema: str) -> str:
    """What stands before a schema's statements in its transaction."""
    return _LIMITS + _text(sql.SQL("SET LOCAL search_path = {}, public;\n").format(sql.Identifier(schema)))


def ending(schema: str, plan: Plan, fingerprint: str) -> str:
    """What follows them in the same transaction: rights, content types, and the marks that it is done."""
    parts: list[str] = []
    if plan.makes_tables:
        parts += [_CONTENT_TYPES, _text(grant_statements(schema))]
    rows = sql.SQL(", ").join(
        sql.SQL("({}, {}, now())").format(sql.Literal(app), sql.Literal(name)) for app, name in plan.keys
    )
    parts.append(_text(sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES {};\n").format(rows)))
    parts.append(
        _text(
            sql.SQL(
                "UPDATE public.{} SET fingerprint = {}, broken = false, error = '', updated_at = now()"
                " WHERE schema_name = {};\n"
            ).format(sql.Identifier(MigrationState._meta.db_table), sql.Literal(fingerprint), sql.Literal(schema))
        )
    )
    return "".join(parts)


def script(schema: str, plan: Plan, fingerprint: str) -> str:
    """Everything an SQL-only plan does to `schema`, as one text."""
    body = "".join(f"{step.rstrip().rstrip(';')};\n" for step in plan.steps if isinstance(step, str))
    return beginning(schema) + body + ending(schema, plan, fingerprint)


def _text(composed: Any) -> str:
    return str(composed.as_string(None))
