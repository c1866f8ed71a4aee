"""Lists, boards and search of leads beside the bare SQL of the same question; requests go through all but the socket.

BENCH_LEADS says how many rows there are ("100000"; "100000,1000000" in full, which fills for some minutes).
"""

from __future__ import annotations

import os
import statistics
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
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.pipeline import add_stage
from modules.crm.models import Lead, Pipeline, Stage
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.bench.crm_leads import fill
from tests.bench.figures import ROUNDS, figure, p95, walls
from tests.support.clients import signed_in, with_token

pytestmark = [pytest.mark.bench, pytest.mark.commits]
SIZES = [int(size) for size in os.environ.get("BENCH_LEADS", "100000").split(",")]
CALLS = 20
LIST = (15, 60)  # ms at most: API, page
BOUNDS = {"search": (100, 100), "board": (120, 120), "filter: own field": (50, 60)}
PEERS = {"list, first page": "; Odoo 75, Tryton 107"}
_COLUMNS = (
    "l.id, l.title, l.person_name, l.company_name, l.stage_id, s.pipeline_id, l.source, l.amount, l.currency,"
    " l.responsible_id, l.created_at, l.version"
)
_FROM = f"SELECT {_COLUMNS} FROM crm_lead l JOIN crm_stage s ON s.id = l.stage_id WHERE l.deleted_at IS NULL"
_OWN = "SELECT record_id FROM crm_fieldvalue WHERE field_id = {}"
_NEWEST = "ORDER BY l.created_at DESC, l.id DESC LIMIT 51"


def measured(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds under which 95 of 100 calls stay, and the median of this process's CPU; the best of three rounds."""
    walls(act, 2)
    rounds = []
    for _ in range(ROUNDS):
        cpus: list[float] = []

        def counted(cpus: list[float] = cpus) -> None:
            began = time.process_time()
            act()
            cpus.append(time.process_time() - began)

        rounds.append((p95(walls(counted, CALLS)) * 1000, statistics.median(cpus) * 1000))
    return min(wall for wall, _cpu in rounds), min(cpu for _wall, cpu in rounds)


def beside(one: Callable[[], object], other: Callable[[], object]) -> float:
    """How many times as long as `one` `other` takes, asked in turns: medians, the best of three rounds."""
    rounds = []
    for _ in range(ROUNDS):
        pairs = [(*walls(one), *walls(other)) for _ in range(CALLS)]
        rounds.append(statistics.median(pair[1] for pair in pairs) / statistics.median(pair[0] for pair in pairs))
    return min(rounds)


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
        pipeline = Pipeline.objects.get(kind="lead")
        for name in ("Measured", "Offered"):
            add_stage(actor=SYSTEM, pipeline=pipeline, name=name, colour="info", kind="open")
        stages: list[Stage] = list(access_pipeline(pipeline.pk).stages.all())
        own = add_field(actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Score", type="number"))
        fill(portal.schema_name, rows, sellers, stages, own)
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
                "filter: own field, few rows",
                f"{_FROM} AND l.id IN ({_OWN.format(own.pk)} AND number BETWEEN 0 AND 99) {_NEWEST}",
                get(api, f"/api/v1/leads?{own.key}_min=0&{own.key}_max=99"),
                get(html, f"/crm/leads/?{own.key}_min=0&{own.key}_max=99"),
            ),
            (
                "filter: own field, half of the rows",
                f"{_FROM} AND (l.custom->>'{own.key}')::numeric <= 50000 {_NEWEST}",
                get(api, f"/api/v1/leads?{own.key}_max=50000"),
                get(html, f"/crm/leads/?{own.key}_max=50000"),
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
            (
                "search everywhere: a rare word",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'surname1777:*') {_NEWEST}",
                None,
                get(html, "/palette/?q=Surname1777"),
            ),
            (
                "search everywhere: a common word",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'кухн:*') {_NEWEST}",
                None,
                get(html, "/palette/?q=кухни"),
            ),
            (
                "search everywhere: part of a phone",
                f"{_FROM} AND l.search @@ to_tsquery('simple', '79193:*') {_NEWEST}",
                None,
                get(html, "/palette/?q=791-93"),
            ),
            (
                "search everywhere, a seller: a common word",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'кухн:*') {_NEWEST}",
                None,
                get(own_html, "/palette/?q=кухни"),
            ),
            (
                "search: a word of old records alone",
                f"{_FROM} AND l.search @@ to_tsquery('simple', 'legacy:*') {_NEWEST}",
                get(api, "/api/v1/leads?q=legacy"),
                get(html, "/crm/leads/?q=legacy"),
            ),
            ("board of 8 columns", _board(stages), None, get(html, "/crm/leads/board/")),
            ("board, its totals after it", "SELECT 1", None, get(html, "/crm/leads/board/?totals=1")),
        ]
        for name, statement, asked, page in cases:
            floor = measured(raw(statement))[0]
            bounds = next((bound for word, bound in BOUNDS.items() if name.startswith(word)), LIST)
            for door, act, bound in zip(("API", "page"), (asked, page), bounds, strict=True):
                if act is None:
                    continue
                wall, cpu = measured(act)
                floors = f"SQL {floor:.1f} ms; CPU {cpu:.1f} ms{PEERS.get(name, '')}"
                figure(f"{rows:,} leads: {name}, {door} p95", wall, "ms", at_most=bound, beside=floors)
        (_first, _sql, *first), (_middle, _sql, *middle) = cases[:2]
        for door, one, other in zip(("API", "page"), first, middle, strict=True):
            assert one is not None
            assert other is not None
            figure(f"{rows:,} leads: middle page beside the first, {door}", beside(one, other), "x", at_most=1.3)


def _board(stages: list[Stage]) -> str:
    return " UNION ALL ".join(
        f"({_FROM} AND l.stage_id = {stage.pk} ORDER BY l.stage_since DESC, l.id DESC LIMIT 26)" for stage in stages
    )
