"""Rules at work."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from infra.jobs import portal_task, service_task
from infra.jobs.sweeping import schemas_where
from modules.crm.domain.rules.running import alone, as_the_company, look_at_time, next_due, run_one
from modules.crm.domain.rules.waking import MARKS
from modules.crm.models import RuleRun

_BATCH = 500
_SPELL_SECONDS = 60


@portal_task(name="crm.run_rules")
def run_rules() -> None:
    """Do what rules have to do, for a spell; what is left gets a message of its own, and keeps its marks."""
    MARKS.taken_up()
    seen = MARKS.seen()
    until = time.monotonic() + _SPELL_SECONDS
    with alone() as mine, as_the_company():
        if not mine:
            return
        look_at_time()
        while run_one():
            if time.monotonic() > until:
                run_rules.apply_async()
                return
    MARKS.settle(seen, next_due())


@service_task(name="crm.rules_due")
def rules_due() -> None:
    """Send `run_rules` to every portal where something is due: a wait is over, it is time to look, a word was lost."""
    MARKS.send_due()


@service_task(name="crm.rules_sweep")
def rules_sweep() -> None:
    """Look into every portal for due rules without a mark: there are none, unless rows came in by another way."""
    marked = set(MARKS.due(limit=100_000))
    late = (
        ("crm_rulerun", "status = 'waiting' AND due_at <= now()"),
        ("crm_rule", "is_on AND next_look_at <= now()"),
    )
    for table, condition in late:
        for schema in schemas_where(table, condition):
            if schema not in marked:
                marked.add(schema)
                MARKS.leave(schema=schema)


@portal_task(name="crm.prune_runs")
def prune_runs() -> None:
    """Forget runs: those whose conditions did not hold after a week, others after 90 days."""
    now = timezone.now()
    skipped = RuleRun.objects.filter(status=RuleRun.Status.SKIPPED, started_at__lt=now - timedelta(days=7))
    old = RuleRun.objects.exclude(status=RuleRun.Status.WAITING).filter(started_at__lt=now - timedelta(days=90))
    for rows in (skipped, old):
        while RuleRun.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:_BATCH])).delete()[0]:
            pass
