"""Rules hear of what happens in the transaction of the change: their runs are written with it, and done by a job.

A rule never starts itself, no chain of rules passes through one of them twice or gets longer than LONGEST_CHAIN, and a
rule starts at most MOST_AN_HOUR times an hour for one record. What is stopped so leaves a note in the log of runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.db.gathering import insert
from infra.db.many import insert_many
from infra.db.prepared import Prepared
from infra.kit import gates
from modules.crm.domain.rules import triggers
from modules.crm.domain.rules.acting import chain
from modules.crm.domain.rules.waking import MARKS
from modules.crm.models import Record, Rule, RuleRun

LIMIT = "crm.rules"
LONGEST_CHAIN = 8
MOST_AN_HOUR = 20
_HOUR = timedelta(hours=1)
_LISTENING = Prepared(
    lambda kind, keys: Rule.objects.filter(is_on=True, kind=kind, trigger__in=keys).order_by().values_list("pk")
)


def hear(record: Record, happened: Sequence[str], cause: UUID, told: Mapping[str, Any] | None = None) -> None:
    """Write a run for every rule that waits for one of `happened` with `record`.

    `cause` is the event's id. `told` are the particulars: `fields` that changed, the `stage` entered, the `activity`,
    the way of a `call`. Call it in the transaction of the change; where no rule listens it costs one look.
    """
    listening = [pk for (pk,) in _LISTENING.rows(record.kind, list(happened))]
    if not listening:
        return
    rules = [rule for rule in in_force(Rule.objects.filter(pk__in=listening)) if _meant(rule, told or {})]
    start_runs(rules, record, cause)


def anyone_hears(kind_key: str, happened: Sequence[str]) -> bool:
    """Whether any rule waits for one of `happened` with records of the kind: asked once for many records."""
    return bool(_LISTENING.rows(kind_key, list(happened)))


def in_force(rules: Any) -> list[Rule]:
    """Those of `rules` that the plan has room for, in the order they run: the rules that were made first stay."""
    most = gates.limit_of(LIMIT)
    rows = rules.order_by("position", "pk")
    if most is not None:
        kept = Rule.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True)[:most]
        rows = rows.filter(pk__in=list(kept))
    return list(rows)


def _meant(rule: Rule, told: Mapping[str, Any]) -> bool:
    details = rule.details
    match rule.trigger:
        case triggers.CHANGED:
            return not details.get("fields") or bool(set(details["fields"]) & set(told.get("fields", ())))
        case triggers.STAGE:
            return not details.get("stages") or told.get("stage") in details["stages"]
        case triggers.ACTIVITY:
            return not details.get("activities") or told.get("activity") in details["activities"]
        case triggers.CALL:
            return not details.get("calls") or told.get("call") in details["calls"]
    return True


def start_runs(rules: Sequence[Rule], record: Record, cause: UUID, *, tell: bool = True) -> list[RuleRun]:
    """Write runs of `rules` for `record`, stopped ones with the reason; `tell` wakes the job after the commit."""
    led_here = chain()
    runs = []
    for rule in rules:
        if led_here[-1:] == (rule.pk,):
            continue  # its own doing
        reason = _refusal(rule, record, led_here)
        if reason == "":
            continue  # said within this hour
        runs.append(_run(rule, record, cause, led_here, reason))
    insert(*runs)
    if tell and any(run.status == RuleRun.Status.WAITING for run in runs):
        MARKS.call()
    return runs


def start_all(rule: Rule, due: Sequence[tuple[Record, UUID]]) -> None:
    """Write runs of `rule`, whose time has come, for these records, of one kind, with their causes: set by set but for
    those that it starts for too often. The job that looks also runs them."""
    if not due:
        return
    ids = [record.pk for record, _cause in due]
    lately = RuleRun.objects.filter(
        rule=rule, record_kind=due[0][0].kind, record_id__in=ids, started_at__gt=timezone.now() - _HOUR
    )
    counted = lately.order_by().values("record_id").annotate(times=Count("pk"))
    often = set(counted.filter(times__gte=MOST_AN_HOUR).values_list("record_id", flat=True))
    insert_many(RuleRun, [_run(rule, record, cause, (), None) for record, cause in due if record.pk not in often])
    for record, cause in due:
        if record.pk in often:
            start_runs([rule], record, cause, tell=False)


def _run(rule: Rule, record: Record, cause: UUID, led_here: tuple[int, ...], reason: str | None) -> RuleRun:
    now = timezone.now()
    return RuleRun(
        rule=rule,
        record_kind=record.kind,
        record_id=record.pk,
        title=str(record)[:200],
        cause=cause,
        chain=[*led_here, rule.pk],
        steps=rule.steps,
        status=RuleRun.Status.WAITING if reason is None else RuleRun.Status.STOPPED,
        error=(reason or "")[:500],
        due_at=now,
        started_at=now,
        done_at=None if reason is None else now,
    )


def _refusal(rule: Rule, record: Record, led_here: tuple[int, ...]) -> str | None:
    """Why the rule must not start now, None where it may; "" where that was said within this hour."""
    reason = None
    lately = RuleRun.objects.filter(
        rule=rule, record_kind=record.kind, record_id=record.pk, started_at__gt=timezone.now() - _HOUR
    )
    if rule.pk in led_here:
        names = Rule.objects.in_bulk([*led_here, rule.pk])
        circle = " → ".join(names[pk].name for pk in (*led_here, rule.pk) if pk in names)
        reason = _("Rules start each other in a circle: %(rules)s") % {"rules": circle}
    elif len(led_here) >= LONGEST_CHAIN:
        reason = _("More than %(most)s rules started each other.") % {"most": LONGEST_CHAIN}
    elif lately.exclude(status=RuleRun.Status.STOPPED).order_by()[:MOST_AN_HOUR].count() >= MOST_AN_HOUR:
        reason = _("The rule started %(most)s times for this record within an hour.") % {"most": MOST_AN_HOUR}
    if reason is not None and lately.filter(status=RuleRun.Status.STOPPED, error=reason[:500]).exists():
        return ""
    return reason
