"""Lists, boards and search of leads at 100,000 and 1,000,000 rows, beside the bare SQL of the same question.

`CRM_BENCH_ROWS=100000` measures one size only. Forty requests through Django's test client: all but the socket.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.ui.lists.keyset import write_cursor
from modules.crm.domain.access import access_pipeline
from modules.crm.domain.pipeline import add_stage
from modules.crm.models import Lead, Pipeline, Stage
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.bench.crm_leads import fill
from tests.support.clients import signed_in, with_token

pytestmark = [pytest.mark.bench, pytest.mark.commits]
SIZES = [int(size) for size in os.environ.get("CRM_BENCH_ROWS", "100000,1000000").split(",")]
ROUNDS = int(os.environ.get("CRM_BENCH_ROUNDS", "40"))
_COLUMNS = (
    "l.id, l.title, l.person_name, l.company_name, l.stage_id, s.pipeline_id, l.source, l.amount, l.currency,"
    " l.responsible_id, l.created_at, l.version"
)
_FROM = f"SELECT {_COLUMNS} FROM crm_lead l JOIN crm_stage s ON s.id = l.stage_id WHERE l.deleted_at IS NULL"
_NEWEST = "ORDER BY l.created_at DESC, l.id DESC LIMIT 51"


def measured(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall time under which 95 of 100 calls stay, and this process's median CPU; two warm up."""
    walls, cpus = [], []
    for number in range(ROUNDS + 2):
        start, cpu = time.perf_counter(), time.process_time()
        act()
        if number > 1:
            walls.append((time.perf_counter() - start) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
    return sorted(walls)[int(ROUNDS * 0.95) - 1], sorted(cpus)[ROUNDS // 2]


def raw(statement: str) -> Callable[[], object]:
    """Runs `statement` and fetches all of it."""

    def act() -> object:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    return act


def get(client: Client, path: str) -> Callable[[], object]:
    """Asks for `path`, which must answer 200."""

    def act() -> object:
        answer = client.get(path)
        assert answer.status_code == 200, answer.content[:300]
        return answer

    return act


@pytest.mark.parametrize("rows", SIZES)
def test_leads(fresh_portal: Callable[..., Portal], rows: int) -> None:
    portal = fresh_portal("Bench")
    assert settings.API_RATE_LIMITED is False
    with enter(portal):
        owner = User.objects.owners().get()
        employee = Role.objects.get(base=Role.Base.EMPLOYEE, builtin=True)
        sellers = [
            User.objects.create(email=f"seller{n}@bench.example", first_name=f"Seller {n}", role=employee)
            for n in range(20)
        ]
        pipeline = Pipeline.objects.get()
        for name in ("Measured", "Offered"):
            add_stage(actor=SYSTEM, pipeline=pipeline, name=name, colour="info", kind="open")
        stages: list[Stage] = list(access_pipeline(pipeline.pk).stages.all())
        started = time.perf_counter()
        fill(portal.schema_name, rows, sellers, stages)
        print(f"\n\n{rows:,} leads in {time.perf_counter() - started:.0f} s\n")
        middle = Lead.objects.order_by("-created_at", "-id")[rows // 2]
        deep = write_cursor(middle, "-created_at")  # both kinds of lists write a cursor alike
        rare, won = stages[2], stages[6]
        api, html = with_token(owner), signed_in(owner)
        own_api, own_html = with_token(sellers[0]), signed_in(sellers[0])
        at = middle.created_at.isoformat()
        cases: list[tuple[str, str, Callable[[], object] | None, Callable[[], object] | None]] = [
            ("list, first page", f"{_FROM} {_NEWEST}", get(api, "/api/v1/leads"), get(html, "/crm/leads/")),
            (
                "list, page in the middle",
                f"{_FROM} AND (l.created_at, l.id) < ('{at}', {middle.pk}) {_NEWEST}",
                get(api, f"/api/v1/leads?after={deep}"),
                get(html, f"/crm/leads/?after={deep}"),
            ),
            (
                "list, one's own",
                f"{_FROM} AND l.responsible_id = {sellers[0].pk} {_NEWEST}",
                get(own_api, "/api/v1/leads"),
                get(own_html, "/crm/leads/"),
            ),
            (
                "filter: a large stage",
                f"{_FROM} AND l.stage_id = {won.pk} {_NEWEST}",
                get(api, f"/api/v1/leads?stage={won.pk}"),
                get(html, f"/crm/leads/?stage={won.pk}"),
            ),
            (
                "filter: a rare stage",
                f"{_FROM} AND l.stage_id = {rare.pk} {_NEWEST}",
                get(api, f"/api/v1/leads?stage={rare.pk}"),
                get(html, f"/crm/leads/?stage={rare.pk}"),
            ),
            (
                "filter: person and source",
                f"{_FROM} AND l.responsible_id = {sellers[1].pk} AND l.source = 'form' {_NEWEST}",
                get(api, f"/api/v1/leads?responsible={sellers[1].pk}&source=form"),
                get(html, f"/crm/leads/?responsible={sellers[1].pk}&source=form"),
            ),
            (
                "search: a rare word",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'surname1777:*') {_NEWEST}",
                get(api, "/api/v1/leads?q=Surname1777"),
                get(html, "/crm/leads/?q=Surname1777"),
            ),
            (
                "search: a common word",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'кухн:*') {_NEWEST}",
                get(api, "/api/v1/leads?q=кухни"),
                get(html, "/crm/leads/?q=кухни"),
            ),
            (
                "search: part of a phone",
                f"{_FROM} AND l.search @@ to_tsquery('simple', '79193:*') {_NEWEST}",
                get(api, "/api/v1/leads?q=791-93"),
                get(html, "/crm/leads/?q=791-93"),
            ),
            (
                "search: three digits",
                f"{_FROM} AND l.search @@ to_tsquery('simple', '791:*') {_NEWEST}",
                get(api, "/api/v1/leads?q=791"),
                get(html, "/crm/leads/?q=791"),
            ),
            ("board of 8 columns", _board(stages), None, get(html, "/crm/board/")),
            ("board, its totals after it", "SELECT 1", None, get(html, "/crm/board/?totals=1")),
        ]
        logging.disable(logging.INFO)
        print(f"{'ms':<30}{'SQL p95':>10}{'API p95':>10}{'API CPU':>10}{'HTML p95':>10}{'HTML CPU':>10}")
        for name, statement, asked, page in cases:
            figures = [measured(raw(statement))[0]]
            for act in (asked, page):
                figures += measured(act) if act else (math.nan, math.nan)
            print(f"{name:<30}" + "".join(f"{'' if math.isnan(f) else f'{f:.1f}':>10}" for f in figures))
        logging.disable(logging.NOTSET)


def _board(stages: list[Stage]) -> str:
    return " UNION ALL ".join(
        f"({_FROM} AND l.stage_id = {stage.pk} ORDER BY l.stage_since DESC, l.id DESC LIMIT 26)" for stage in stages
    )
