"""Figures about portals, printed one a line; run by test_portals.py in a database of its own.

`build N` makes N schemas and measures claims and requests; `migrate` runs as a later release with one more column.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from infra.db.current import TEMPLATE, enter  # noqa: E402
from infra.db.owner import become_owner, owner_connection, owner_parameters  # noqa: E402
from saas.middleware import HostMiddleware  # noqa: E402
from tenants.people.models import Role  # noqa: E402
from tenants.portals.domain.claim import claim_portal  # noqa: E402
from tenants.portals.domain.export import export_schema  # noqa: E402
from tenants.portals.domain.spares import create_spare, new_schema_name  # noqa: E402
from tenants.portals.migrating.dump import find_pg_dump, schema_sql  # noqa: E402
from tenants.portals.migrating.run import migrate_everything  # noqa: E402
from tenants.portals.models import MigrationState, Portal, SchemaRelease  # noqa: E402


def figure(what: str, got: str, target: str) -> None:
    print(f"{what:<58} {got:>16}   target {target}", flush=True)


def seconds(work: Callable[[], object], times: int = 1) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def by_psql(times: int) -> list[float]:
    """The same DDL by PostgreSQL's own client, in one transaction: the floor of making a spare."""
    fingerprint = MigrationState.objects.get(pk=TEMPLATE).fingerprint
    dump = SchemaRelease.objects.get(pk=fingerprint).dump
    parameters = owner_parameters()
    environment = os.environ | {f"PG{key.upper()}": value for key, value in parameters.items() if key != "dbname"}
    psql = str(Path(find_pg_dump()).with_name("psql"))
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
    floor, ours = min(by_psql(5)), min(seconds(create_spare, 5))
    figure("create a spare schema, beside plain psql", f"{ours * 1000:.0f} / {floor * 1000:.0f} ms", "<= 1.5 x")
    spares = [create_spare for _ in range(max(count - MigrationState.objects.count(), 0))]
    taken = [seconds(create)[0] for create in spares]
    if len(taken) > 40:
        first, last = statistics.median(taken[:20]), statistics.median(taken[-20:])
        figure(f"the same, first and last of {count}", f"{first * 1000:.0f} / {last * 1000:.0f} ms", "flat")
    claims = min(200, count // 2)
    taken = [seconds(lambda n=n: claim_portal(name=f"Firm {n}", address=f"firm-{n}"))[0] for n in range(claims)]
    figure(f"claim a portal, {count} schemas present, p95", f"{p95(taken) * 1000:.1f} ms", "<= 25 ms")
    figure("claim a portal, median", f"{statistics.median(taken) * 1000:.1f} ms", "")
    request_cost()
    portal = Portal.objects.get(slug="firm-1")
    figure(
        "export one portal",
        f"{min(seconds(lambda: export_schema(portal.schema_name, io.BytesIO()), 3)):.2f} s",
        "<= 1 s",
    )


def request_cost() -> None:
    """CPU of a one-query answer that changes portals each time, beside the same answer that never leaves one schema."""

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(list(Role.objects.values_list("pk", flat=True)[:1])))

    portals = list(Portal.objects.filter(slug__startswith="firm-")[:10])
    requests = [RequestFactory().get("/", headers={"host": portal.host}) for portal in portals]
    through = HostMiddleware(answer)

    def cpu(work: Callable[[HttpRequest], object]) -> float:
        started = time.process_time()
        for turn in range(2000):
            work(requests[turn % len(requests)])
        return (time.process_time() - started) / 2000

    for request in requests:
        through(request)
    with_portals = min(cpu(through) for _ in range(3))
    with enter(portals[0]):
        plain = min(cpu(answer) for _ in range(3))
    got = f"{with_portals / plain:.2f} x"
    figure(f"one-query answer with portals ({with_portals * 1e6:.0f} µs) beside without", got, "<= 1.5 x")


def migrate() -> None:
    become_owner()
    count = MigrationState.objects.count()

    def run() -> None:
        outcome = migrate_everything(workers=2, say=lambda text: None, progress=False)
        assert not outcome.failed, outcome.failed

    taken = seconds(run)[0]
    figure(f"one-column migration over {count} schemas", f"{count / taken:.0f} a second", ">= 300 a second")
    figure("nothing to do", f"{seconds(run)[0]:.2f} s", "<= 2 s")


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(int(sys.argv[2]))
    else:
        migrate()
    connection.close()
