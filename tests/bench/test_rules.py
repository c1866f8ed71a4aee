"""Rules of time beside a million leads and two hundred thousand deals: what a look costs, and a large import come due.

BENCH_RULES says how many leads there are; deals are a fifth of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from infra.db.current import enter
from infra.kit.access import SYSTEM
from modules.crm.domain.access import access_pipeline
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import DEAL, LEAD, Kind
from modules.crm.domain.pipeline import add_stage
from modules.crm.domain.rules import timing
from modules.crm.models import CustomField, Lead, Pipeline, Rule, RuleRun, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.bench.crm_deals import sell
from tests.bench.crm_leads import fill
from tests.bench.figures import figure
from tests.bench.filling import bare, spread
from tests.bench.test_crm import measured, raw
from tests.modules.crm.rules import note, rule

pytestmark = [pytest.mark.bench, pytest.mark.commits]
LEADS = int(os.environ.get("BENCH_RULES", "100000"))
SPAN = timedelta(days=3)
LOOK = timedelta(minutes=15)  # how far apart a rule of days looks
DUE = 20_000
_DAYS = """
INSERT INTO crm_fieldvalue (field_id, record_id, number)
SELECT %(field)s, id, extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC')) + (id %% 365 - 180) * 86400
FROM crm_lead WHERE id BETWEEN %(first)s AND %(last)s
"""


def looked_at(name: str, rows: Any, floor: str) -> None:
    """What it takes to find the records `rows`, beside the bare SQL of the same question; no table is gone through."""
    plan = rows.explain()
    assert "Seq Scan on crm_lead" not in plan, plan
    assert "Seq Scan on crm_deal" not in plan, plan
    assert "Seq Scan on crm_fieldvalue" not in plan, plan
    found = len(rows)
    wall, cpu = measured(lambda: list(rows.all()))
    beside = f"SQL {measured(raw(floor))[0]:.1f} ms; CPU {cpu:.1f} ms; {found:,} found"
    figure(f"{LEADS:,} leads: rule, {name}, p95", wall, "ms", at_most=50, beside=beside)


def timed(owner: User, kind: Kind, trigger: str) -> Rule:
    details = {"amount": SPAN.days, "unit": "days"}
    return rule(owner, trigger, note(), kind=kind, details=details, on=False, name=f"{trigger} {kind.key}")


def test_rules(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        owner = User.objects.owners().get()
        pipeline = Pipeline.objects.get(kind="lead")
        for name in ("Measured", "Offered"):
            add_stage(actor=SYSTEM, pipeline=pipeline, name=name, colour="info", kind="open")
        stages: list[Stage] = list(access_pipeline(pipeline.pk).stages.all())
        own = add_field(actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Score", type="number"))
        renewed = add_field(actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Renewal", type="date"))
        fill(portal.schema_name, LEADS, [owner], stages, own)
        sell(portal.schema_name, list(Pipeline.objects.get(kind="deal").stages.order_by("position", "pk")), LEADS)
        with bare(portal.schema_name, "crm_fieldvalue"):
            spread(portal.schema_name, _DAYS, {"field": renewed.pk}, LEADS)
        of_spans(owner)
        of_days(owner, renewed)
        of_a_large_import(owner)


def of_spans(owner: User) -> None:
    """A look of a rule that looked a quarter of an hour ago."""
    until = timezone.now() - SPAN
    since = until - LOOK
    for kind in (LEAD, DEAL):
        for trigger, column in (("stays", "stage_since"), ("quiet", "updated_at")):
            rows = timing.due_between(timed(owner, kind, trigger), kind, since, until)
            rows = rows.filter(Q(moment__gt=since) | Q(moment=since, pk__gt=0)).order_by("moment", "pk")
            rows = rows.values_list("moment", "pk")
            floor = f"SELECT id FROM crm_{kind.key} WHERE deleted_at IS NULL AND closed_at IS NULL"
            floor += f" AND {column} BETWEEN '{since.isoformat()}' AND '{until.isoformat()}'"
            looked_at(f"{kind.key}s: {trigger}", rows[: timing.LISTED], floor)


def of_days(owner: User, renewed: CustomField) -> None:
    """All records of a day, by a field of the house and by an own one, of this year and of every year."""
    today = timezone.localdate()
    for kind, field, yearly in ((DEAL, "closes_on", False), (LEAD, renewed.key, False), (LEAD, renewed.key, True)):
        details = {"field": field, "shift": 0, "at": "09:00", "yearly": yearly}
        made = rule(owner, "day", note(), kind=kind, details=details, on=False, name=f"{kind.key} {field} {yearly}")
        rows = timing.on_day(made, kind, today).order_by("pk").values_list("pk", flat=True)
        floor = f"SELECT id FROM crm_deal WHERE deleted_at IS NULL AND closes_on = '{today}'"
        if field == renewed.key:
            day = f"extract(epoch FROM timestamp '{today}')"
            floor = f"SELECT record_id FROM crm_fieldvalue WHERE field_id = {renewed.pk} AND number = {day}"
        words = "an own day" if field == renewed.key else "the day of closing"
        looked_at(f"{kind.key}s: {words}{', every year' if yearly else ''}", rows[: timing.LISTED], floor)


def of_a_large_import(owner: User) -> None:
    """Many records come due within one look: they were made together."""
    made = timed(owner, LEAD, "stays")
    now = timezone.now()
    open_ids = Lead.objects.filter(closed_at__isnull=True).order_by("pk").values("pk")[:DUE]
    due = Lead.objects.filter(pk__in=open_ids).update(stage_since=now - SPAN - timedelta(minutes=1))
    Rule.objects.filter(pk=made.pk).update(cursor={"at": (now - SPAN - LOOK).isoformat(), "id": 0})
    made.refresh_from_db()
    began, cpu = time.perf_counter(), time.process_time()
    found = timing.look(made, now)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert due <= found == RuleRun.objects.filter(rule=made).count()
    beside = f"CPU {cpu:.1f} s; {wall / found * 1000:.2f} ms a record"
    figure(f"{LEADS:,} leads: rule, {found:,} come due at once", wall, "s", at_most=60, beside=beside)
