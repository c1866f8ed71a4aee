"""Figures about portals; run by test_portals.py in a database of its own.

`build N` makes N schemas and measures claims and requests; `migrate` runs as a later release with one more column.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from infra.audit import record  # noqa: E402
from infra.db.backend.base import DatabaseWrapper  # noqa: E402
from infra.db.current import TEMPLATE, enter  # noqa: E402
from infra.db.owner import become_owner, owner_connection, owner_parameters  # noqa: E402
from infra.kit.access import SYSTEM  # noqa: E402
from infra.kit.refs import RecordRef  # noqa: E402
from infra.local.postgres import binaries  # noqa: E402
from saas.middleware import HostMiddleware  # noqa: E402
from tenants.people.models import Role  # noqa: E402
from tenants.portals.domain.claim import claim_portal  # noqa: E402
from tenants.portals.domain.export import export_schema  # noqa: E402
from tenants.portals.domain.spares import create_spare, new_schema_name  # noqa: E402
from tenants.portals.migrating.dump import schema_sql  # noqa: E402
from tenants.portals.migrating.run import migrate_everything  # noqa: E402
from tenants.portals.migrating.template import migrate_public, migrate_template  # noqa: E402
from tenants.portals.models import MigrationState, Portal, SchemaRelease  # noqa: E402
from tests.bench.figures import ROUNDS, cpu_of, figure, p95, walls  # noqa: E402

logging.disable(logging.WARNING)


def by_psql(times: int) -> list[float]:
    """The same DDL by PostgreSQL's own client, in one transaction: the floor of making a spare."""
    fingerprint = MigrationState.objects.get(pk=TEMPLATE).fingerprint
    dump = SchemaRelease.objects.get(pk=fingerprint).dump
    parameters = owner_parameters()
    environment = os.environ | {f"PG{key.upper()}": value for key, value in parameters.items() if key != "dbname"}
    psql = str(binaries() / "psql")
    taken = []
    for _ in range(times):
        schema = new_schema_name()
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(schema_sql(dump, schema))
            file.flush()
            command = [psql, "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-d", parameters["dbname"], "-f", file.name]
            started = time.perf_counter()
            subprocess.run(command, env=environment, check=True, capture_output=True)
            taken.append(time.perf_counter() - started)
        with owner_connection() as raw:
            raw.execute(f"DROP SCHEMA {schema} CASCADE")
    return taken


def build(count: int) -> None:
    create_spare()
    floor, ours = min(by_psql(5)), min(walls(create_spare, 5))
    beside = f"psql {floor * 1000:.0f} ms, ours {ours * 1000:.0f} ms"
    figure("create a spare schema, beside plain psql", ours / floor, "x", at_most=1.5, beside=beside)
    taken = walls(create_spare, max(count - MigrationState.objects.count(), 0))
    if len(taken) > 40:
        first, last = statistics.median(taken[:20]) * 1000, statistics.median(taken[-20:]) * 1000
        figure(f"the same with {count} present, beside the first ones", last / first, "x", beside=f"{first:.0f} ms")
    numbers = iter(range(count))
    claims = walls(lambda: claim_portal(name="Firm", address=f"firm-{next(numbers)}"), min(200, count // 2))
    figure(
        f"claim a portal, {count} schemas present, p95",
        p95(claims) * 1000,
        "ms",
        at_most=25,
        beside=f"median {statistics.median(claims) * 1000:.1f} ms; Odoo 1,300 ms, django-tenants 10 s",
    )
    request_cost()
    backend_memory()
    portal = Portal.objects.get(slug="firm-1")
    export = min(walls(lambda: export_schema(portal.schema_name, io.BytesIO()), 3))
    figure(f"export one empty portal of {count}", export, "s", at_most=1, beside="pg_dump -n of 1,000: 76 s")


def one_query(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(list(Role.objects.values_list("pk", flat=True)[:1])))


def a_form(request: HttpRequest) -> HttpResponse:
    """What most forms do: read, lock, write, audit."""
    with transaction.atomic():
        role = Role.objects.select_for_update().get(base=Role.Base.OWNER)
        role.description = f"{role.version}"
        role.save(update_fields=["description"])
        record(SYSTEM, "role.change", RecordRef("people", "role", role.pk), {"description": ("", role.description)})
    return HttpResponse("done")


def request_cost() -> None:
    """CPU of an answer that changes portals each time, beside the same answer that never leaves one schema."""
    portals = list(Portal.objects.filter(slug__startswith="firm-").order_by("pk")[:10])
    compare("one-query page", one_query, portals, times=600, at_most=1.5)
    compare("form", a_form, portals, times=150, at_most=1.15)
    through = HostMiddleware(one_query)
    requests = [RequestFactory().get("/", headers={"host": portal.host}) for portal in portals]
    for request in requests:  # a host is remembered for some seconds
        through(request)
    with CaptureQueriesContext(connection) as statements, switches() as switched:
        for request in requests:
            through(request)
    extra = (len(statements) + len(switched)) / len(portals) - 1
    figure("cost of tenancy: extra statements a request", extra, at_most=1)


def compare(
    what: str, answer: Callable[[HttpRequest], HttpResponse], portals: list[Portal], *, times: int, at_most: float
) -> None:
    made = [RequestFactory().get("/", headers={"host": portal.host}) for portal in portals]
    requests, through = itertools.cycle(made), HostMiddleware(answer)
    for request in made:
        through(request)
    rounds = []
    for _ in range(ROUNDS):  # side by side, so that a busy moment hits both
        with_portals = cpu_of(lambda: through(next(requests)), times)
        with enter(portals[0]):
            plain = cpu_of(lambda: answer(next(requests)), times)
        rounds.append((with_portals / plain, with_portals, plain))
    ratio, with_portals, plain = min(rounds)
    beside = f"{with_portals * 1e6:.0f} µs beside {plain * 1e6:.0f} µs; django-tenants 3.4 x"
    figure(f"cost of tenancy: {what}", ratio, "x", at_most=at_most, beside=beside)


@contextmanager
def switches() -> Iterator[list[str]]:
    """Gathers the schemas for which a search path was sent, which goes past Django's log of statements."""
    sent: list[str] = []
    paths = DatabaseWrapper._get_cursor_search_paths

    def noted(wrapper: DatabaseWrapper) -> Any:
        sent.append(wrapper.schema_name)
        return paths(wrapper)

    with mock.patch.object(DatabaseWrapper, "_get_cursor_search_paths", noted):
        yield sent


def backend_memory() -> None:
    """Private memory of the database's process behind this connection, which has touched many portals by now."""
    for portal in Portal.objects.filter(slug__startswith="firm-"):
        with enter(portal):
            one_query(HttpRequest())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        rollup = Path(f"/proc/{cursor.fetchone()[0]}/smaps_rollup")
    if not rollup.exists():
        return  # the database is on another machine, or this is not Linux
    kilobytes = sum(int(line.split()[1]) for line in rollup.read_text().splitlines() if line.startswith("Private_"))
    figure("private memory of a database backend", kilobytes / 1024, "MB", at_most=100)


def migrate() -> None:
    become_owner()
    count = MigrationState.objects.count()

    def run() -> None:
        outcome = migrate_everything(workers=2, say=lambda text: None, progress=False)
        assert not outcome.failed, outcome.failed

    template = walls(lambda: (migrate_public(lambda text: None), migrate_template(lambda text: None)))[0]
    taken = walls(run)[0]
    beside = f"with the template before them {count / (template + taken):.0f}; django-tenants 0.8"
    figure(f"one-column migration, {count} schemas, a second", count / taken, at_least=300, beside=beside)
    figure("the same: the template, once, with its dump", template, "s")
    figure("migrate with nothing to do", min(walls(run, 2)), "s", at_most=2)


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(int(sys.argv[2]))
    else:
        migrate()
    connection.close()
