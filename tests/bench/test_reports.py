"""Figures of reports over a million leads and two hundred thousand deals, beside the bare SQL of the same question.

BENCH_REPORTS says how many leads there are; deals are a fifth of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from infra.db.current import enter
from infra.kit.access import SYSTEM
from modules.crm.domain.access import access_pipeline
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.pipeline import add_stage
from modules.crm.domain.selling.settings import set_selling
from modules.crm.models import Pipeline, Stage
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.bench.crm_deals import sell
from tests.bench.crm_leads import fill
from tests.bench.figures import figure
from tests.bench.test_crm import get, measured, raw
from tests.support.clients import signed_in

pytestmark = [pytest.mark.bench, pytest.mark.commits]
LEADS = int(os.environ.get("BENCH_REPORTS", "100000"))
BOUND = 120  # ms at most, as for a board


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
        own = add_field(actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Score", type="number"))
        fill(portal.schema_name, LEADS, sellers, stages, own)
        sell(portal.schema_name, list(Pipeline.objects.get(kind="deal").stages.order_by("position", "pk")), LEADS)
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
                figure(f"{LEADS:,} leads: {name}, {words}, page p95", wall, "ms", at_most=BOUND, beside=beside)
                wall, cpu = measured(get(page, f"/crm/reports/{path}&part=now"))
                beside = f"{wall / floor:.1f} x the SQL of one of its two periods, {floor:.1f} ms; CPU {cpu:.1f} ms"
                figure(f"{LEADS:,} leads: {name}, {words}, with its figures", wall, "ms", beside=beside)
        for name, path in (
            ("forecast", "forecast/"),
            ("forgotten deals", "forgotten/"),
            ("forgotten leads", "forgotten/?of=lead"),
        ):
            wall, cpu = measured(get(page, f"/crm/reports/{path}"))
            figure(f"{LEADS:,} leads: {name}, page p95", wall, "ms", at_most=BOUND, beside=f"CPU {cpu:.1f} ms")
            if name.startswith("forgotten"):
                wall, cpu = measured(get(page, f"/crm/reports/{path}{'&' if '?' in path else '?'}part=now"))
                words = f"{name}, beside a month ago"
                figure(f"{LEADS:,} leads: {words}", wall, "ms", beside=f"CPU {cpu:.1f} ms; fetched after the page")
