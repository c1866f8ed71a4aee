"""Sets of migrations: what this code wants, what a schema has, and whether the two go together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from infra.db.current import current_schema
from infra.db.router import lives_in_portals
from tenants.portals.models import SchemaRelease

Key = tuple[str, str]


@cache
def wanted_migrations() -> frozenset[Key]:
    """The (app, name) of every migration of portal apps that this code brings.

    Read from the names of files, since every web process asks: loading the migrations would cost it 5 MB. None of them
    replaces others (a test compares with Django's loader).
    """
    return frozenset((label, name) for label in portal_app_labels() for name in _migrations_of(label))


def shared_migrations() -> frozenset[Key]:
    """The same of all other apps, whose tables are shared."""
    others = {config.label for config in apps.get_app_configs()} - portal_app_labels()
    return frozenset((label, name) for label in others for name in _migrations_of(label))


def recorded_migrations() -> set[Key]:
    """The migrations that the entered schema says it has. Asked by name: Django's recorder lists all tables for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{current_schema()}.django_migrations"])
        if cursor.fetchone()[0] is None:
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def _migrations_of(label: str) -> Iterator[str]:
    package, _named = MigrationLoader.migrations_module(label)
    spec = find_spec(package) if package else None
    for found in iter_modules(spec.submodule_search_locations if spec else ()):
        if not found.ispkg and found.name[0] not in "_~":
            yield found.name


def fingerprint_of(migrations: Iterable[Key]) -> str:
    """One name for a set of applied migrations, whatever their order."""
    text = "\n".join(sorted(f"{app}.{name}" for app, name in migrations))
    return hashlib.sha256(text.encode()).hexdigest()


_served: dict[str, bool] = {}


def is_served(fingerprint: str) -> bool:
    """Whether this code can work on a schema of that set: all it wants is there; newer ones do no harm (promise 44)."""
    if fingerprint not in _served:
        found = SchemaRelease.objects.filter(pk=fingerprint).values_list("migrations", flat=True).first()
        if found is None:
            return False
        _served[fingerprint] = wanted_migrations() <= {(app, name) for app, name in found}
    return _served[fingerprint]


def portal_app_labels() -> frozenset[str]:
    """Labels of the apps whose tables live in portals."""
    return frozenset(config.label for config in apps.get_app_configs() if lives_in_portals(config.label))
