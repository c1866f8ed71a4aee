"""Doing what rules have to do: one worker at a time in a portal, one step a transaction, in the order of starting.

A step and the mark that it is done are committed together. A worker that is lost (kill -9) lets go of the portal; the
next one takes the step up again, at most ATTEMPTS times, so that a step which kills its worker stops by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra.db.current import current_portal, portal_schema
from infra.kit import gates
from infra.kit.errors import NotFound, PortalError, ReadOnly
from infra.outbox.backoff import pause
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.rules import timing
from modules.crm.domain.rules.acting import Later, Passed, RuleActor, Situation, caused_by
from modules.crm.domain.rules.conditions import fitting
from modules.crm.domain.rules.hearing import in_force
from modules.crm.domain.rules.steps import STEPS
from modules.crm.models import Rule, RuleRun

ATTEMPTS = 5
_LOOK_AGAIN = timedelta(hours=1)
_log = structlog.get_logger(__name__)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this worker is the portal's only one for rules; the lock dies with the connection."""
    name = f"crm.rules:{portal_schema()}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@contextmanager
def as_the_company() -> Iterator[None]:
    """Texts in the company's language, times in its zone."""
    portal = current_portal()
    with translation.override(portal.locale or "en"), timezone.override(portal.time_zone or "UTC"):
        yield


def look_at_time() -> None:
    """Start the rules of time whose look is due; one that cannot look says why, and is tried again in an hour."""
    now = timezone.now()
    due = Rule.objects.filter(is_on=True, next_look_at__lte=now)
    running = in_force(due)
    due.exclude(pk__in=[rule.pk for rule in running]).update(next_look_at=now + _LOOK_AGAIN)
    for rule in running:
        problem = ""
        try:
            timing.look(rule, now)
        except PortalError as error:
            problem = str(error)[:500]
            Rule.objects.filter(pk=rule.pk).update(next_look_at=now + _LOOK_AGAIN)
        if problem != rule.problem:
            Rule.objects.filter(pk=rule.pk).update(problem=problem)


def next_due() -> datetime | None:
    """When a run or a look is due next, None where nothing waits."""
    run = RuleRun.objects.filter(status=RuleRun.Status.WAITING).aggregate(at=Min("due_at"))["at"]
    look = Rule.objects.filter(is_on=True, next_look_at__isnull=False).aggregate(at=Min("next_look_at"))["at"]
    return min((at for at in (run, look) if at is not None), default=None)


def run_one() -> bool:
    """Take the next due run one step on; answers False when none is due."""
    with transaction.atomic():
        due = RuleRun.objects.filter(status=RuleRun.Status.WAITING, due_at__lte=timezone.now())
        run = due.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
        if run is None:
            return False
        run.attempts += 1
        if run.attempts > ATTEMPTS:
            _end(run, RuleRun.Status.FAILED, _("The work was lost several times. Try again, or look at the rule."))
            return True
        run.save(update_fields=["attempts"])
    try:
        with transaction.atomic():
            _advance(run)
    except ReadOnly:
        RuleRun.objects.filter(pk=run.pk).update(due_at=timezone.now() + _LOOK_AGAIN, attempts=0)
    except PortalError as error:
        _end(run, RuleRun.Status.FAILED, _why(error))
    except Exception:
        _log.exception("rules.step_failed", run=run.pk, rule=run.rule_id, attempts=run.attempts)
        if run.attempts >= ATTEMPTS:
            _end(run, RuleRun.Status.FAILED, _("Something went wrong. Try again; if it stays so, tell support."))
        else:
            RuleRun.objects.filter(pk=run.pk).update(due_at=timezone.now() + pause(run.attempts))
    return True


def _why(error: PortalError) -> str:
    texts = [str(text) for given in error.fields.values() for text in given]
    return " ".join(dict.fromkeys([str(error), *texts]))


def _end(run: RuleRun, status: str, error: str = "") -> None:
    run.status, run.error, run.done_at = status, error[:500], timezone.now()
    run.save()


def _advance(run: RuleRun) -> None:
    rule = Rule.objects.get(pk=run.rule_id)
    try:
        kind = kind_named(run.record_kind)
    except NotFound:
        return _end(run, RuleRun.Status.SKIPPED, _("This kind of record is gone."))
    joined = ["responsible", *(["stage__pipeline"] if kind.staged else [])]
    rows = kind.rows().alive().filter(pk=run.record_id)
    record = rows.select_related(*joined).first()
    if record is None:
        return _end(run, RuleRun.Status.SKIPPED, _("The record is in the trash or gone."))
    if not rule.is_on:
        return _end(run, RuleRun.Status.SKIPPED, _("The rule was switched off meanwhile."))
    if _asks_again(run) and not fitting(kind, rule.conditions, rows).exists():
        return _end(run, RuleRun.Status.SKIPPED, _("The conditions did not hold."))
    gates.require_writable()
    if run.at_step < len(run.steps):
        settings = run.steps[run.at_step]
        actor = RuleActor(rule)
        now = Situation(
            actor=actor,
            rule=rule,
            kind=kind,
            record=record,
            place=run.at_step,
            key=f"{run.pk}.{run.at_step}",
            now=timezone.now(),
        )
        try:
            with caused_by(tuple(run.chain)):
                _note(run, STEPS[settings["do"]].do(now, settings))
        except Passed as why:
            _note(run, str(why), done=False)
        except Later as later:
            run.due_at, run.attempts = later.until, 0
            if later.done:
                _note(run, str(later))
            else:
                run.save()
            return None
    if run.at_step >= len(run.steps):
        _end(run, RuleRun.Status.DONE)
    return None


def _asks_again(run: RuleRun) -> bool:
    """Conditions are asked before the first step, and after a wait that says so."""
    before = run.steps[run.at_step - 1] if 0 < run.at_step <= len(run.steps) else None
    return run.at_step == 0 or (before is not None and before["do"] == "wait" and bool(before.get("recheck")))


def _note(run: RuleRun, text: str, *, done: bool = True) -> None:
    run.notes = [*run.notes, {"do": run.steps[run.at_step]["do"], "text": text, "done": done}]
    run.at_step += 1
    run.attempts = 0
    run.save()
