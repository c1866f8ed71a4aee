"""Figures of reports over a million leads and two hundred thousand deals, beside the bare SQL of the same question.

BENCH_REPORTS says how many leads there are; deals are a fifth of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from psycopg import sql

from infra.db.current import enter
from infra.db.owner import owner_connection
from infra.kit.access import SYSTEM
from modules.crm.domain.access import access_pipeline
from modules.crm.domain.pipeline import add_stage
from modules.crm.domain.selling.settings import set_selling
from modules.crm.models import Pipeline, Stage
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.bench.crm_leads import fill
from tests.bench.figures import figure
from tests.bench.test_crm import get, measured, raw
from tests.support.clients import signed_in

pytestmark = [pytest.mark.bench, pytest.mark.commits]
LEADS = int(os.environ.get("BENCH_REPORTS", "100000"))
BOUND = 120  # ms at most, as for a board

# A deal for every fifth lead of the fill, with the way it went; the newest leads have the highest numbers.
_DEALS = """
INSERT INTO crm_deal (version, updated_at, title, type, amount, amount_by_hand, currency, comment, source,
  source_detail, marks, origin, created_at, stage_since, closed_at, closes_on, stage_id, responsible_id)
SELECT 1, created_at, title, 'sale', amount, true, 'RUB', '', source, '', '{}', '', created_at,
  created_at + interval '3 days', CASE WHEN place > 5 THEN created_at + interval '9 days' END,
  (created_at + interval '20 days')::date, (%(stages)s::bigint[])[place], responsible_id
FROM (SELECT *, CASE WHEN created_at > now() - interval '30 days' THEN 1 + id %% 5 ELSE 6 + id %% 2 END AS place
  FROM crm_lead WHERE id %% 5 = 0) AS leads
"""
_STAYS = """
INSERT INTO crm_stagestay (deal_id, stage_id, entered_at, left_at)
SELECT id, (%(stages)s::bigint[])[1 + n], created_at + n * interval '1 day', created_at + (n + 1) * interval '1 day'
FROM crm_deal, generate_series(0, 2) AS n WHERE closed_at IS NOT NULL
"""
_ANSWERED = "UPDATE crm_lead SET answered_at = created_at + (id %% 5000) * interval '20 seconds' WHERE id %% 7 <> 0"


def _sell(schema: str, stages: list[Stage]) -> None:
    """Deals with their stays, and when leads were answered; statistics last."""
    values = {"stages": [stage.pk for stage in stages]}
    with owner_connection() as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        for statement in (_DEALS, _STAYS, _ANSWERED):
            owner.execute(statement, values)
        owner.commit()
        owner.autocommit = True
        for table in ("crm_lead", "crm_deal", "crm_stagestay"):
            owner.execute(f"VACUUM ANALYZE {table}")


def test_reports(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal("Bench")
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
        fill(portal.schema_name, LEADS, sellers, stages)
        _sell(portal.schema_name, list(Pipeline.objects.get(kind="deal").stages.order_by("position", "pk")))
        set_selling(actor=owner, changes={"base_currency": "RUB"})
        page = signed_in(owner)
        month = timezone.localdate().replace(day=1)
        year = timezone.localdate() - timedelta(days=364)
        spans = {"this month": f"period=own&from={month}", "a year": f"period=own&from={year}"}
        groups = (
            "SELECT stage_id, reached_id, responsible_id, count(*), sum(amount) FROM crm_{} WHERE deleted_at IS NULL"
        )
        for words, span in spans.items():
            since = month if words == "this month" else year
            cases = [
                ("funnel of leads", f"funnel/?of=lead&{span}", f"{groups.format('lead')} AND created_at >= '{since}'"),
                ("funnel of deals", f"funnel/?{span}", f"{groups.format('deal')} AND created_at >= '{since}'"),
                ("sales by source", f"sales/?{span}", f"{groups.format('deal')} AND closed_at >= '{since}'"),
                ("first answer", f"response/?{span}", f"{groups.format('lead')} AND created_at >= '{since}'"),
                ("lost leads", f"lost/?of=lead&{span}", f"{groups.format('lead')} AND closed_at >= '{since}'"),
            ]
            for name, path, statement in cases:
                floor = measured(raw(f"{statement} GROUP BY 1, 2, 3"))[0]
                wall, cpu = measured(get(page, f"/crm/reports/{path}"))
                beside = f"SQL {floor:.1f} ms; CPU {cpu:.1f} ms"
                bound = BOUND if words == "this month" else None
                figure(f"{LEADS:,} leads: {name}, {words}, page p95", wall, "ms", at_most=bound, beside=beside)
        for name, path in (("forecast", "forecast/"), ("forgotten deals", "forgotten/")):
            wall, cpu = measured(get(page, f"/crm/reports/{path}"))
            figure(f"{LEADS:,} leads: {name}, page p95", wall, "ms", at_most=BOUND, beside=f"CPU {cpu:.1f} ms")
