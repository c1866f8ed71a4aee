"""Every portal's schema holds what the template holds, and no table of ours is in two places."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection

from infra.db.current import TEMPLATE
from infra.db.owner import owner_connection
from infra.db.router import lives_in_portals
from tenants.portals.migrating.columns import columns_of
from tenants.portals.models import MigrationState, Portal


def tables(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {row[0] for row in cursor.fetchall()}


# promise 3
def test_no_table_is_in_public_and_in_portals(db: None) -> None:
    assert tables("public") & tables(TEMPLATE) == {"django_migrations"}


def test_tables_are_where_their_apps_belong(db: None) -> None:
    for model in apps.get_models(include_auto_created=True):
        inside = lives_in_portals(model._meta.app_label)
        if model._meta.managed and not model._meta.proxy:
            assert (model._meta.db_table in tables(TEMPLATE)) is inside, model
            assert (model._meta.db_table in tables("public")) is not inside, model


# promise 3
def test_every_portal_equals_the_template(acme: Portal, globex: Portal) -> None:
    schemas = list(MigrationState.objects.values_list("schema_name", flat=True))
    assert {TEMPLATE, acme.schema_name, globex.schema_name} <= set(schemas)
    hashes = columns_of(schemas)
    assert set(hashes) == set(schemas)
    assert len(set(hashes.values())) == 1


# promise 3: the comparison would notice
@pytest.mark.commits
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE {}.crm_lead ADD COLUMN extra int",
        "ALTER TABLE {}.people_user ALTER COLUMN first_name DROP NOT NULL",
        "ALTER TABLE {}.people_user ALTER COLUMN work_phone TYPE text",
        "ALTER TABLE {}.people_user DROP CONSTRAINT people_user_email",
        "DROP INDEX {}.people_user_by_name",
        "DROP TABLE {}.django_session",
    ],
)
def test_a_difference_is_seen(fresh_portal: Callable[..., Portal], change: str) -> None:
    schema = fresh_portal().schema_name
    same = columns_of([TEMPLATE])[TEMPLATE]
    assert columns_of([schema])[schema] == same
    with owner_connection() as raw:
        raw.execute(change.format(schema))
    assert columns_of([schema])[schema] != same
