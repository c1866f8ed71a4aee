"""A company takes a portal: at once, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from infra.db.current import enter
from infra.db.owner import owner_connection
from infra.kit.errors import Invalid
from tenants.people.models import Role
from tenants.portals.domain.spares import create_spare, fill_pool, ready_spares
from tenants.portals.models import Domain, MigrationState, Portal, SpareSchema
from tenants.portals.public import claim_portal


def test_claim_binds_a_spare_without_ddl(db: None) -> None:
    fill_pool(size=1)  # whatever other tests have taken
    with transaction.atomic():
        spares = set(SpareSchema.objects.values_list("schema_name", flat=True))
        with CaptureQueriesContext(connection) as captured:
            portal = claim_portal(name="  Initech   Ltd ", address="Initech", region="de", currency="eur")
    statements = [query["sql"].split()[0] for query in captured]
    assert not {"CREATE", "ALTER", "GRANT", "DROP"} & set(statements)
    assert len(statements) <= 20
    stored = Portal.objects.get(pk=portal.pk)
    assert stored.schema_name in spares
    assert (stored.name, stored.slug) == ("Initech Ltd", "initech")
    assert (stored.status, stored.region, stored.currency) == ("active", "DE", "EUR")
    assert stored.url == "http://initech.portal.localhost"
    assert list(Domain.objects.filter(tenant=portal).values_list("domain", "is_primary")) == [
        ("initech.portal.localhost", True)
    ]
    left = set(SpareSchema.objects.values_list("schema_name", flat=True))
    assert left == spares - {stored.schema_name}
    with enter(portal):
        assert Role.objects.filter(base="owner").count() == 1  # the modules' presets are there


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 151),
        ("name", "a\x00b"),
        ("address", "acme"),
        ("locale", "tlh"),
        ("region", "Germany"),
        ("time_zone", "Mars/Olympus"),
        ("currency", "€"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_taken(acme: Portal, field: str, value: str) -> None:
    values = {"name": "Initech", "address": "initech"} | {field: value}
    before = SpareSchema.objects.count(), Portal.objects.count()
    with pytest.raises(Invalid) as refused:
        claim_portal(**values)
    assert list(refused.value.fields) == [field]
    assert (SpareSchema.objects.count(), Portal.objects.count()) == before


# promise 45
def test_failed_registration_gives_the_schema_back(db: None) -> None:
    before = list(SpareSchema.objects.values_list("schema_name", flat=True))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        claim_portal(name="Initech", address="initech").pk / 0
    assert list(SpareSchema.objects.values_list("schema_name", flat=True)) == before
    assert not Portal.objects.filter(slug="initech").exists()


# promise 45
@pytest.mark.commits
def test_many_at_once_never_share_a_schema(fresh_portal: Callable[..., Portal]) -> None:
    made: list[Portal] = []

    def register() -> None:
        try:
            made.append(fresh_portal("Initech"))
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({portal.schema_name for portal in made}) == 5


@pytest.mark.commits
def test_two_take_one_address(fresh_portal: Callable[..., Portal]) -> None:
    first = fresh_portal("Initech")
    fill_pool(size=1)
    before = ready_spares()
    with pytest.raises(Invalid) as refused:
        claim_portal(name="Other", address=str(first.slug))
    assert refused.value.code == "address_taken"
    assert ready_spares() == before


KILLED = """
import os, django
django.setup()
import psycopg
from tenants.portals.domain import spares
execute, step = psycopg.Connection.execute, 0
def stop(self, *args, **options):
    global step
    done = execute(self, *args, **options)
    step += 1
    if step == int(os.environ["KILL_AFTER"]):
        os.kill(os.getpid(), 9)
    return done
psycopg.Connection.execute = stop
spares.create_spare()
"""


# promise 45
@pytest.mark.commits
@pytest.mark.parametrize("step", [1, 2, 3])
def test_spare_is_whole_or_not_there(fresh_portal: Callable[..., Portal], step: int) -> None:
    def state() -> tuple[set[str], set[str], set[str]]:
        with owner_connection() as raw:
            schemas = {row[0] for row in raw.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'p\\_%'")}
        spares = set(SpareSchema.objects.values_list("schema_name", flat=True))
        return schemas, spares, set(MigrationState.objects.values_list("schema_name", flat=True))

    before = state()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED],
        env=os.environ | {"KILL_AFTER": str(step)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert state() == before
    made = create_spare()
    assert state() == tuple(part | {made} for part in before)


@pytest.mark.commits
def test_pool_is_filled_to_its_size_and_no_further(fresh_portal: Callable[..., Portal]) -> None:
    size = ready_spares() + 1
    assert (fill_pool(size=size), fill_pool(size=size), ready_spares()) == (1, 0, size)
