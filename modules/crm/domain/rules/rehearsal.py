"""A rehearsal: what a rule would have done with the records of the last 30 days, with nothing changed.

Rules that hear of events are given those of the outbox; rules of time the moments that have passed. Conditions are
asked of the records as they are now. The steps of the newest ones are really taken, each record's in a savepoint that
is rolled back, so that a refusal shows as it would come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.kit.access import Actor, require_permission
from infra.kit.errors import Denied, PortalError
from infra.kit.refs import RecordRef
from infra.outbox.models import OutboxEvent
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden, reads_all
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.rules import timing, triggers
from modules.crm.domain.rules.acting import Later, Passed, RuleActor, Situation, caused_by
from modules.crm.domain.rules.conditions import fitting
from modules.crm.domain.rules.rule import MANAGE
from modules.crm.domain.rules.running import as_the_company
from modules.crm.domain.rules.steps import STEPS
from modules.crm.domain.rules.triggers import span_of
from modules.crm.domain.rules.zone import zone
from modules.crm.models import Rule, Source

DAYS = 30
MOST_EVENTS, MOST_SHOWN = 5_000, 25
_NAMES = {
    triggers.CREATED: ("lead_created", "record_created"),
    triggers.FORM: ("lead_created", "record_created"),
    triggers.CHANGED: ("record_changed",),
    triggers.STAGE: ("lead_moved", "record_moved", "lead_created", "record_created"),
    triggers.ASSIGNED: ("lead_assigned", "record_assigned"),
    triggers.ACTIVITY: ("activity_done",),
    triggers.CALL: ("call_ended",),
}


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """One record: when the rule would have started, and what its steps would have said. `holds` is whether the
    conditions do; `error` what would have stopped it."""

    record: Any
    at: datetime
    holds: bool
    notes: tuple[tuple[str, str, bool], ...] = ()
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What came of it: how often the rule would have started (`more`: at least), and the newest of them."""

    starts: int
    fitting: int
    more: bool
    lines: tuple[Rehearsed, ...]


def rehearse(*, actor: Actor, rule: Rule) -> Rehearsal:
    """Try `rule` on what happened in the last 30 days to records that the actor may see.

    Texts that steps write may carry any field: whoever may not see all of them reads only which steps there are. Raises
    Denied, also where the rule may ask for fields that are hidden from the actor, and Invalid where something that it
    needs is gone.
    """
    require_permission(actor, MANAGE)
    kind = kind_named(rule.kind)
    require_permission(actor, kind.permission("view"))
    if hidden(actor, kind) and (rule.conditions or rule.trigger == triggers.DAY):
        raise Denied(_("This rule may ask for fields that are closed to your role. Whoever sees them can try it."))
    starts, more = _starts(rule, kind)
    ids = {pk for _at, pk in starts}
    alive = visible(actor, kind).filter(pk__in=ids)
    holding = set(fitting(kind, rule.conditions, alive).values_list("pk", flat=True))
    there = set(alive.values_list("pk", flat=True))
    starts = [(at, pk) for at, pk in starts if pk in there]
    shown: list[tuple[datetime, int]] = []
    for at, pk in starts:
        if len(shown) < MOST_SHOWN and pk not in {known for _at, known in shown}:
            shown.append((at, pk))
    joined = ["responsible", *(["stage__pipeline"] if kind.staged else [])]
    records = {row.pk: row for row in alive.filter(pk__in=[pk for _at, pk in shown]).select_related(*joined)}
    with as_the_company():
        lines = tuple(_try(rule, kind, records[pk], at, holds=pk in holding) for at, pk in shown)
    if not reads_all(actor):
        lines = tuple(_without_texts(line) for line in lines)
    return Rehearsal(
        starts=len(starts),
        fitting=sum(pk in holding for _at, pk in starts),
        more=more,
        lines=lines,
    )


def _starts(rule: Rule, kind: Kind) -> tuple[list[tuple[datetime, int]], bool]:
    """When and for which record the rule would have started, newest first; and whether there may be more of them."""
    now = timezone.now()
    since = now - timedelta(days=DAYS)
    match rule.trigger:
        case triggers.DAY:
            found: list[tuple[datetime, int]] = []
            for back in range(DAYS):
                day = now.astimezone(zone()).date() - timedelta(days=back)
                ids = timing.on_day(rule, kind, day).order_by("pk").values_list("pk", flat=True)
                moment = datetime(day.year, day.month, day.day, tzinfo=zone())
                found += [(moment, pk) for pk in ids[: MOST_EVENTS - len(found)]]
            return found, len(found) >= MOST_EVENTS
        case triggers.STAYS | triggers.QUIET:
            span = span_of(rule.details)
            rows = timing.due_between(rule, kind, since - span, now - span).order_by("-moment", "-pk")
            found = [(moment + span, pk) for pk, moment in rows.values_list("pk", "moment")[:MOST_EVENTS]]
            return found, len(found) >= MOST_EVENTS
    return _heard(rule, kind, since)


def _heard(rule: Rule, kind: Kind, since: datetime) -> tuple[list[tuple[datetime, int]], bool]:
    names = [f"crm.{name}" for name in _NAMES[rule.trigger]]
    events = OutboxEvent.objects.filter(name__in=names, created_at__gte=since).order_by("-created_at")
    events = events.filter(_about(kind))
    found, looked_at = list[tuple[datetime, int]](), 0
    for name, payload, at in events.values_list("name", "payload", "created_at")[:MOST_EVENTS]:
        looked_at += 1
        about = payload.get("record") or payload.get("lead")
        if about is None:
            continue
        ref = RecordRef.parse(about)
        if ref.kind == kind.link and _meant(rule, name, payload):
            found.append((at, ref.id))
    if rule.trigger == triggers.FORM:
        rows = kind.rows().filter(pk__in=[pk for _at, pk in found], source=Source.FORM)
        by_form = set(rows.values_list("pk", flat=True))
        found = [(at, pk) for at, pk in found if pk in by_form]
    return found, looked_at >= MOST_EVENTS


def _about(kind: Kind) -> Q:
    """The condition that an event is about a record of `kind`, or of one that shares its table."""
    start = f"crm.{kind.link}:"
    return Q(payload__record__startswith=start) | Q(payload__lead__startswith=start)


def _meant(rule: Rule, name: str, payload: dict[str, Any]) -> bool:
    details = rule.details
    match rule.trigger:
        case triggers.CHANGED:
            return not details.get("fields") or bool(set(details["fields"]) & set(payload["fields"]))
        case triggers.STAGE:
            stage = payload.get("to_stage_id")
            return stage is not None and (not details.get("stages") or stage in details["stages"])
        case triggers.ACTIVITY:
            return not details.get("activities") or payload["kind"] in details["activities"]
        case triggers.CALL:
            way = triggers.way_of(payload["direction"], payload["missed"])
            return not details.get("calls") or way in details["calls"]
    return True


def _without_texts(line: Rehearsed) -> Rehearsed:
    notes = tuple((do, str(STEPS[do].title), done) for do, _text, done in line.notes)
    return replace(line, notes=notes, error=_("It would fail.") if line.error else "")


class _Undo(Exception):
    pass


def _try(rule: Rule, kind: Kind, record: Any, at: datetime, *, holds: bool) -> Rehearsed:
    if not holds:
        return Rehearsed(record=record, at=at, holds=False)
    notes: list[tuple[str, str, bool]] = []
    error = ""
    try:
        with transaction.atomic(), caused_by((rule.pk or 0,)):
            for place, settings in enumerate(rule.steps):
                situation = Situation(
                    actor=RuleActor(rule),
                    rule=rule,
                    kind=kind,
                    record=record,
                    place=place,
                    key=f"rehearsal.{place}",
                    now=timezone.now(),
                )
                try:
                    notes.append((settings["do"], STEPS[settings["do"]].do(situation, settings), True))
                except (Passed, Later) as said:
                    notes.append((settings["do"], str(said), isinstance(said, Later)))
                record.refresh_from_db()
            raise _Undo
    except _Undo:
        pass
    except PortalError as refusal:
        texts = [str(text) for given in refusal.fields.values() for text in given]
        error = " ".join(dict.fromkeys([str(refusal), *texts]))
    record.refresh_from_db()
    return Rehearsed(record=record, at=at, holds=True, notes=tuple(notes), error=error)
