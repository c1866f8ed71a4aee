"""One run over everything: public, the template, all portals and spares. Safe to stop at any point and start again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from infra.db import changes
from infra.db.current import TEMPLATE, enter, enter_public
from infra.db.owner import owner_connection
from infra.db.router import lives_in_portals
from infra.kit.registry import registry
from tenants.portals.migrating.columns import columns_of
from tenants.portals.migrating.plans import NotRecorded, Planner
from tenants.portals.migrating.releases import Key
from tenants.portals.migrating.replay import Outcome, mend, replay
from tenants.portals.migrating.template import applied_migrations, migrate_public, migrate_template, seed_missing
from tenants.portals.models import MigrationState, Portal, SchemaRelease

LOCK = 0x706F7274616C  # one run at a time: an advisory lock of the database, "portal" in ASCII
Say = Callable[[str], None]


class AlreadyRunning(RuntimeError):
    """Another run is at work on this database."""


@contextmanager
def only_run() -> Iterator[None]:
    """Hold the lock of a run; the database lets go of it when the process dies. Raises AlreadyRunning."""
    with owner_connection(autocommit=True) as raw:
        row = raw.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if row is None or not row[0]:
            raise AlreadyRunning("Another migrate_portals is at work on this database. Wait for it to end.")
        yield


def migrate_everything(*, workers: int, say: Say, progress: bool, only: Sequence[str] = ()) -> Outcome:
    """Bring public, the template, then every portal and spare (or `only` those schemas) up to date, as owner.

    What is done stays done: each schema's state is written in the transaction that migrates it. Raises AlreadyRunning;
    errors of public or the template stop the run before any portal is touched.
    """
    with only_run():
        migrate_public(say)
        target = migrate_template(say)
        with enter_public():
            outcome = _migrate_portals(target, workers, say, progress, only)
            _seed_portals(target, say, outcome, only)
            changes.announce(changes.EVERYTHING)
    return outcome


def _migrate_portals(target: MigrationState, workers: int, say: Say, progress: bool, only: Sequence[str]) -> Outcome:
    behind: dict[str, list[str]] = defaultdict(list)
    rows = MigrationState.objects.exclude(pk=TEMPLATE).exclude(fingerprint=target.fingerprint, broken=False)
    if only:
        rows = rows.filter(pk__in=only)
    for schema, fingerprint in rows.order_by("schema_name").values_list("schema_name", "fingerprint"):
        behind[fingerprint].append(schema)
    outcome = Outcome(total=sum(map(len, behind.values())))
    if not behind:
        return outcome
    planner = Planner()
    columns = columns_of([TEMPLATE])[TEMPLATE]
    tell = _teller(outcome, say) if progress else lambda: None
    for fingerprint, schemas in behind.items():
        missing = planner.missing(_applied(fingerprint, schemas[0]))
        if not missing:
            mend(schemas, columns, outcome, workers)
            continue
        try:
            plan = planner.plan(missing)
        except NotRecorded as error:
            for schema in schemas:
                outcome.fail(schema, str(error))
            continue
        replay(
            schemas,
            plan,
            fingerprint=target.fingerprint,
            columns=columns,
            workers=workers,
            outcome=outcome,
            progress=tell,
        )
    return outcome


def _applied(fingerprint: str, schema: str) -> set[Key]:
    release = SchemaRelease.objects.filter(pk=fingerprint).values_list("migrations", flat=True).first()
    if release is not None:
        return {(app, name) for app, name in release}
    with enter(schema):
        return applied_migrations()


def _teller(outcome: Outcome, say: Say) -> Callable[[], None]:
    started = said = time.monotonic()

    def tell() -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= 1 or outcome.done + len(outcome.failed) >= outcome.total:
            said = now
            speed = outcome.done / max(now - started, 0.001)
            say(f"{outcome.done} of {outcome.total} schemas, {speed:.0f} a second, {len(outcome.failed)} failed")

    return tell


def _seed_portals(target: MigrationState, say: Say, outcome: Outcome, only: Sequence[str]) -> None:
    """Presets of modules that are newer than the portal."""
    rows = MigrationState.objects.filter(fingerprint=target.fingerprint, broken=False).exclude(seeded=target.seeded)
    if only:
        rows = rows.filter(pk__in=only)
    for state in rows.order_by("schema_name"):
        portal = Portal.objects.filter(schema_name=state.schema_name).first()
        missing = seed_missing(state.seeded)
        if not missing:
            continue
        try:
            with enter(portal or Portal(schema_name=state.schema_name, name="")), transaction.atomic():
                for slug in missing:
                    import_string(registry.modules[slug].seed)(portal or Portal(schema_name=state.schema_name, name=""))
                MigrationState.objects.filter(pk=state.pk).update(seeded=[*state.seeded, *missing])
        except Exception as error:  # one portal's presets must not stop the others
            outcome.fail(state.schema_name, f"presets: {type(error).__name__}: {error}")
        else:
            say(f"{state.schema_name}: presets of {', '.join(missing)}")


def describe(say: Say) -> int:
    """Say what a run would do, changing nothing; answers how many schemas it would migrate."""
    with enter_public():
        executor = MigrationExecutor(connection)
        leaves = [key for key in executor.loader.graph.leaf_nodes() if not lives_in_portals(key[0])]
        shared = executor.migration_plan(leaves)
        for migration, _backwards in shared:
            say(f"public: {migration}")
        if MigrationState._meta.db_table not in connection.introspection.table_names():
            say("then the template is built; there are no portals yet")
            return 0
        planner = Planner()
        total = 0
        groups: dict[str, list[str]] = defaultdict(list)
        for schema, fingerprint in MigrationState.objects.values_list("schema_name", "fingerprint"):
            groups[fingerprint].append(schema)
        for fingerprint, schemas in groups.items():
            missing = planner.missing(_applied(fingerprint, schemas[0]))
            if missing:
                total += len(schemas)
                listed = ", ".join(f"{app}.{name}" for app, name in missing)
                say(f"{len(schemas)} schemas ({schemas[0]}, …): {listed}")
        if not shared and not total:
            say("nothing to do")
    return total
