"""A rehearsal: what a rule would have done with the records of the last 30 days, with nothing changed.

Rules that hear of events are given those of the outbox; rules of time the moments that have passed. Conditions are
asked of the records as they are now. The steps of the newest ones are really taken, each record's in a savepoint that
is rolled back, so that a refusal shows as it would come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
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
    starts = list(_starts(rule, kind))
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
        more=len(starts) >= MOST_EVENTS,
        lines=lines,
    )


def _starts(rule: Rule, kind: Kind) -> Iterator[tuple[datetime, int]]:
    """When and for which record the rule would have started, newest first."""
    now = timezone.now()
    since = now - timedelta(days=DAYS)
    match rule.trigger:
        case triggers.DAY:
            today = now.astimezone(zone()).date()
            for back in range(DAYS):
                day = today - timedelta(days=back)
                for pk in timing.on_day(rule, kind, day).order_by("pk").values_list("pk", flat=True)[: MOST_SHOWN * 4]:
                    yield datetime(day.year, day.month, day.day, tzinfo=zone()), pk
        case triggers.STAYS | triggers.QUIET:
            span = span_of(rule.details)
            rows = timing.due_between(rule, kind, since - span, now - span).order_by("-moment", "-pk")
            for pk, moment in rows.values_list("pk", "moment")[:MOST_EVENTS]:
                yield moment + span, pk
        case _:
            yield from _heard(rule, kind, since)


def _heard(rule: Rule, kind: Kind, since: datetime) -> Iterator[tuple[datetime, int]]:
    names = [f"crm.{name}" for name in _NAMES[rule.trigger]]
    events = OutboxEvent.objects.filter(name__in=names, created_at__gte=since).order_by("-created_at")
    found = []
    for name, payload, at in events.values_list("name", "payload", "created_at")[:MOST_EVENTS]:
        about = payload.get("record") or payload.get("lead")
        if about is None:
            continue
        ref = RecordRef.parse(about)
        if ref.kind == kind.key and _meant(rule, name, payload):
            found.append((at, ref.id))
    by_form: set[int] | None = None
    if rule.trigger == triggers.FORM:
        rows = kind.rows().filter(pk__in=[pk for _at, pk in found], source=Source.FORM)
        by_form = set(rows.values_list("pk", flat=True))
    yield from ((at, pk) for at, pk in found if by_form is None or pk in by_form)


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
