"""Giving schemas what the template was given: many at once, each all or nothing, one failure harming nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, connection, transaction

from infra.db.current import enter
from infra.db.owner import owner_connection
from tenants.portals.migrating.columns import columns_of
from tenants.portals.migrating.plans import Plan, beginning, ending, script
from tenants.portals.models import MigrationState

log = structlog.get_logger(__name__)

SCHEMAS_A_TRANSACTION = 25
SCHEMAS_A_COMPARISON = 500
TRIES = 3


@dataclass
class Outcome:
    """What a run did. `failed` names the schemas left as they were, with the reason."""

    total: int = 0
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, schemas: Sequence[str]) -> None:
        with self._lock:
            self.done += len(schemas)

    def take_back(self, schemas: Sequence[str]) -> None:
        with self._lock:
            self.done -= len(schemas)

    def fail(self, schema: str, reason: str) -> None:
        with self._lock:
            self.failed[schema] = reason


def replay(
    schemas: Sequence[str],
    plan: Plan,
    *,
    fingerprint: str,
    columns: str,
    workers: int,
    outcome: Outcome,
    progress: Callable[[], None],
) -> None:
    """Run `plan` on `schemas`; afterwards each is at `fingerprint`, or named in `outcome.failed` and unchanged.

    SQL-only plans go through plain connections, several schemas a transaction. What a schema really holds is compared
    with the template's `columns`; one that differs is marked broken and is not served.
    """
    parts = [schemas[start : start + SCHEMAS_A_TRANSACTION] for start in range(0, len(schemas), SCHEMAS_A_TRANSACTION)]

    threads = max(1, min(workers, len(parts)))
    free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()  # as many as threads, so that nobody waits for one

    def work(part: Sequence[str]) -> None:
        try:
            if plan.is_sql:
                raw = free.get()
                try:
                    outcome.add(_as_text(raw, part, plan, fingerprint, outcome))
                finally:
                    free.put(raw)
            else:
                outcome.add(_with_django(part, plan, fingerprint, outcome))
            progress()
        finally:
            connection.close()

    with ExitStack() as ours, ThreadPoolExecutor(max_workers=threads) as pool:
        for _ in range(threads if plan.is_sql else 0):
            free.put(ours.enter_context(owner_connection(autocommit=True)))
        for _ in pool.map(work, parts):
            pass
    _compare([schema for schema in schemas if schema not in outcome.failed], columns, outcome, workers)


def mend(schemas: Sequence[str], columns: str, outcome: Outcome, workers: int) -> None:
    """Take schemas that were marked broken back into service where they hold what the template holds by now."""
    outcome.add(schemas)
    well = _compare(schemas, columns, outcome, workers)
    MigrationState.objects.filter(pk__in=well).update(broken=False, error="")


def _as_text(
    raw: psycopg.Connection[Any], part: Sequence[str], plan: Plan, fingerprint: str, outcome: Outcome
) -> list[str]:
    try:
        with raw.transaction():
            raw.execute("".join(script(schema, plan, fingerprint) for schema in part).encode())
    except psycopg.Error:
        if raw.closed:
            raise
    else:
        return list(part)
    return [schema for schema in part if _alone(raw, schema, plan, fingerprint, outcome)]


def _alone(raw: psycopg.Connection[Any], schema: str, plan: Plan, fingerprint: str, outcome: Outcome) -> bool:
    for attempt in range(1, TRIES + 1):
        try:
            with raw.transaction():
                raw.execute(script(schema, plan, fingerprint).encode())
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if attempt == TRIES:
                _note(schema, f"{error}", outcome)
        except psycopg.Error as error:
            _note(schema, f"{error}", outcome)
            return False
        else:
            return True
    return False


def _with_django(part: Sequence[str], plan: Plan, fingerprint: str, outcome: Outcome) -> list[str]:
    done = []
    for schema in part:
        try:
            with enter(schema), _transaction(schema, plan):
                _run_steps(schema, plan)
                with connection.cursor() as cursor:
                    cursor.execute(ending(schema, plan, fingerprint))
        except Exception as error:  # one portal's data must not stop the others
            log.exception("portals.migration_failed", schema=schema)
            _note(schema, f"{type(error).__name__}: {error}", outcome)
        else:
            done.append(schema)
    return done


@contextmanager
def _transaction(schema: str, plan: Plan) -> Iterator[None]:
    """One transaction for an atomic plan. Any other marks the schema broken until it has come to its end."""
    if plan.atomic:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(beginning(schema))
            yield
    else:
        MigrationState.objects.filter(pk=schema).update(broken=True, error="interrupted")
        yield


def _run_steps(schema: str, plan: Plan) -> None:
    for step in plan.steps:
        if isinstance(step, str):
            with connection.cursor() as cursor:
                cursor.execute(step)
        else:
            with connection.schema_editor(atomic=plan.atomic) as editor:
                step.operation.database_forwards(step.app, editor, step.before, step.after)


def _compare(schemas: Sequence[str], columns: str, outcome: Outcome, workers: int) -> list[str]:
    """Mark what differs from the template as broken; answers the others.

    Few large questions instead of many small ones: the catalogue has no index by schema, so each reads all of it.
    """

    def ask(part: Sequence[str]) -> dict[str, str]:
        try:
            return columns_of(part)
        finally:
            connection.close()

    size = min(SCHEMAS_A_COMPARISON, -(-len(schemas) // max(1, workers)) or 1)
    found: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        for part in pool.map(ask, [schemas[start : start + size] for start in range(0, len(schemas), size)]):
            found.update(part)
    ill = [schema for schema in schemas if found.get(schema) != columns]
    MigrationState.objects.filter(pk__in=ill).update(broken=True)
    for schema in ill:
        _note(schema, "its tables differ from the template's after the migration", outcome)
    outcome.take_back(ill)
    return [schema for schema in schemas if schema not in ill]


def _note(schema: str, reason: str, outcome: Outcome) -> None:
    outcome.fail(schema, reason)
    log.error("portals.migration_failed", schema=schema, reason=reason)
    try:
        MigrationState.objects.filter(pk=schema).update(error=reason[:2000])
    except DatabaseError:
        log.exception("portals.migration_note_failed", schema=schema)
