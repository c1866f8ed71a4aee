"""Public first, then the template: migrated, seeded, dumped."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from psycopg import sql

from infra.db.current import TEMPLATE, enter, enter_public
from infra.db.grants import grant_statements
from infra.db.router import lives_in_portals
from infra.kit.registry import registry
from tenants.portals.migrating.columns import columns_of
from tenants.portals.migrating.dump import dump_template
from tenants.portals.migrating.recording import apply_recorded
from tenants.portals.migrating.releases import (
    Key,
    fingerprint_of,
    recorded_migrations,
    shared_migrations,
    wanted_migrations,
)
from tenants.portals.models import MigrationState, Portal, SchemaRelease


def migrate_public(say: Callable[[str], None]) -> int:
    """Bring the shared tables up to date, as owner; answers how many migrations ran."""
    with enter_public():
        ran = 0 if shared_migrations() <= recorded_migrations() else _migrate_public(say)
        _grant("public")
        for spec in registry.modules.values():
            if spec.install:
                import_string(spec.install)()
    return ran


def _migrate_public(say: Callable[[str], None]) -> int:
    executor = MigrationExecutor(connection)
    targets = [key for key in executor.loader.graph.leaf_nodes() if not lives_in_portals(key[0])]
    plan = executor.migration_plan(targets)
    if plan:
        say(f"public: {len(plan)} migrations")
        executor.migrate(targets, plan)
        with connection.cursor() as cursor:
            cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    return len(plan)


def migrate_template(say: Callable[[str], None]) -> MigrationState:
    """Bring the template up to date, with every module's presets, and keep its dump; answers its state."""
    _ensure_template()
    with enter(Portal(schema_name=TEMPLATE, name="")):
        if not wanted_migrations() <= applied_migrations():
            _migrate_template(say)
        before = MigrationState.objects.filter(pk=TEMPLATE).first()
        seeded = _seed(before.seeded if before else [], say)
        fingerprint = fingerprint_of(applied_migrations())
        if before is None or before.fingerprint != fingerprint or before.seeded != seeded:
            _keep(fingerprint, seeded)
    return MigrationState.objects.get(pk=TEMPLATE)


def _migrate_template(say: Callable[[str], None]) -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan([key for key in executor.loader.graph.leaf_nodes() if lives_in_portals(key[0])])
    say(f"{TEMPLATE}: {len(plan)} migrations")
    executor.recorder.ensure_schema()
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # private, and has no other door
    for migration, _backwards in plan:
        state = apply_recorded(migration, state)
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    _grant(TEMPLATE)


def applied_migrations() -> set[Key]:
    """The migrations of portal apps that the entered schema says it has."""
    return {key for key in recorded_migrations() if lives_in_portals(key[0])}


def seed_missing(seeded: list[str]) -> list[str]:
    """Slugs of the modules whose presets a schema that has `seeded` still lacks."""
    return [spec.slug for spec in registry.modules.values() if spec.seed and spec.slug not in seeded]


def _seed(seeded: list[str], say: Callable[[str], None]) -> list[str]:
    portal = Portal(schema_name=TEMPLATE, name="")
    missing = seed_missing(seeded)
    with transaction.atomic():
        for slug in missing:
            say(f"{TEMPLATE}: presets of {slug}")
            import_string(registry.modules[slug].seed)(portal)
    return [*seeded, *missing]


def _keep(fingerprint: str, seeded: list[str]) -> None:
    dump = dump_template()
    with transaction.atomic():
        SchemaRelease.objects.update_or_create(
            pk=fingerprint,
            defaults={
                "migrations": sorted([app, name] for app, name in applied_migrations()),
                "dump": dump,
                "columns": columns_of([TEMPLATE])[TEMPLATE],
            },
        )
        SchemaRelease.objects.exclude(pk=fingerprint).update(dump="")  # only the newest is ever built from
        MigrationState.objects.update_or_create(
            pk=TEMPLATE, defaults={"fingerprint": fingerprint, "seeded": seeded, "broken": False, "error": ""}
        )


def _ensure_template() -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TEMPLATE)))


def _grant(schema: str) -> None:
    statements = grant_statements(schema).as_string(connection.connection)
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(statements)
