"""Verbs on rules: write, switch on and off, put in order, copy, remove, repeat a failed run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.rules import timing
from modules.crm.domain.rules.conditions import read_conditions
from modules.crm.domain.rules.hearing import LIMIT
from modules.crm.domain.rules.steps import read_steps
from modules.crm.domain.rules.triggers import read_details
from modules.crm.domain.rules.waking import MARKS
from modules.crm.models import Rule, RuleRun

MANAGE = "crm.rule.manage"
MOST_RULES = 300


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a rule is made of, raw: see `triggers`, `conditions` and `steps`."""

    name: str
    trigger: str
    details: Mapping[str, Any] = field(default_factory=dict)
    conditions: Sequence[Mapping[str, Any]] = ()
    steps: Sequence[Mapping[str, Any]] = ()


def count_rules() -> int:
    """How many rules are switched on, for `crm.rules`."""
    return Rule.objects.filter(is_on=True).count()


def access_rule(rule_id: int) -> Rule:
    """A rule. Raises NotFound."""
    found = Rule.objects.filter(pk=rule_id).first()
    if found is None:
        raise NotFound
    return found


def read_design(kind: Kind, design: Design) -> dict[str, Any]:
    """`design` checked as a whole, as it is kept. Raises Invalid naming everything that is wrong."""
    wrong: dict[str, list[str]] = {}
    values: dict[str, Any] = {"name": design.name.strip(), "trigger": design.trigger}
    if not values["name"] or len(values["name"]) > 100 or "\0" in values["name"]:
        wrong["name"] = [_("Give it a name of at most 100 characters.")]
    readers: dict[str, Callable[[], Any]] = {
        "details": lambda: read_details(kind, design.trigger, design.details),
        "conditions": lambda: read_conditions(kind, design.conditions),
        "steps": lambda: read_steps(kind, design.steps),
    }
    for name, read in readers.items():
        try:
            values[name] = read()
        except Invalid as error:
            wrong |= error.fields or {name: [str(error)]}
    if wrong:
        raise Invalid(fields=wrong)
    return values


def create_rule(*, actor: Actor, kind: Kind, design: Design) -> Rule:
    """A rule, still switched off, after the others. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = read_design(kind, design)
    with transaction.atomic():
        if Rule.objects.count() >= MOST_RULES:
            raise Invalid(_("A portal has at most %(most)s rules. Remove one first.") % {"most": MOST_RULES})
        last = Rule.objects.aggregate(last=Max("position"))["last"]
        rule = Rule(kind=kind.key, author_id=actor.id, position=0 if last is None else last + 1, **values)
        rule.save(force_insert=True)
        audit.record(actor, "rule.create", _ref(rule), note=rule.name)
    return rule


def edit_rule(*, actor: Actor, rule: Rule, design: Design, version: int | None = None) -> Rule:
    """Change a rule; runs that are under way go on as they began. Raises Conflict, Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = read_design(kind_named(rule.kind), design)
    with transaction.atomic():
        fresh = _lock(rule, version)
        before = {name: getattr(fresh, name) for name in values}
        changed = [name for name in values if values[name] != before[name]]
        if not changed:
            return fresh
        for name in changed:
            setattr(fresh, name, values[name])
        fresh.author_id = actor.id
        if fresh.is_on and {"trigger", "details"} & set(changed):
            timing.begin(fresh)
        fresh.save()
        audit.record(actor, "rule.edit", _ref(fresh), {name: (before[name], values[name]) for name in changed})
        _wake(fresh)
    return fresh


def switch_rule(*, actor: Actor, rule: Rule, on: bool) -> Rule:
    """Switch a rule on or off. One of time looks from now on, not back. Raises Denied, LimitReached, ReadOnly, and
    Invalid where something that it needs is gone."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        fresh = _lock(rule, None)
        if fresh.is_on == on:
            return fresh
        if on:
            read_design(kind_named(fresh.kind), design_of(fresh))
            gates.reserve(LIMIT)
            timing.begin(fresh)
        else:
            gates.release(LIMIT)
            fresh.next_look_at = None
        fresh.is_on = on
        fresh.save()
        audit.record(actor, "rule.on" if on else "rule.off", _ref(fresh), note=fresh.name)
        _wake(fresh)
    return fresh


def order_rules(*, actor: Actor, rule_ids: Sequence[int]) -> None:
    """Put rules in this order; those left out come after. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rules = list(Rule.objects.select_for_update().order_by("pk"))
        wanted = {pk: place for place, pk in enumerate(rule_ids)}
        ordered = sorted(rules, key=lambda rule: (wanted.get(rule.pk, len(wanted)), rule.position, rule.pk))
        for place, rule in enumerate(ordered):
            Rule.objects.filter(pk=rule.pk).exclude(position=place).update(position=place)
        audit.record(actor, "rule.order", None)


def copy_rule(*, actor: Actor, rule: Rule) -> Rule:
    """The same rule once more, switched off. Raises Denied, Invalid, ReadOnly."""
    name = _("%(name)s, a copy") % {"name": rule.name}
    return create_rule(actor=actor, kind=kind_named(rule.kind), design=design_of(rule, name=name[:100]))


def delete_rule(*, actor: Actor, rule: Rule, version: int | None = None) -> None:
    """Remove a rule with its log. Raises Conflict, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        fresh = _lock(rule, version)
        audit.record(actor, "rule.delete", _ref(fresh), note=fresh.name)
        if fresh.is_on:
            gates.release(LIMIT)
        fresh.delete()


def retry_run(*, actor: Actor, run: RuleRun) -> RuleRun:
    """Let a failed run go on from the step where it failed. Raises Conflict, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        fresh = RuleRun.objects.select_for_update().filter(pk=run.pk).first()
        if fresh is None:
            raise NotFound
        if fresh.status != RuleRun.Status.FAILED:
            raise Conflict(_("Only what failed can be tried again."), code="not_failed")
        fresh.status, fresh.attempts, fresh.error = RuleRun.Status.WAITING, 0, ""
        fresh.due_at, fresh.done_at = timezone.now(), None
        fresh.save()
        audit.record(actor, "rule.retry", _ref(fresh.rule), note=fresh.title)
        MARKS.leave()
    return fresh


def design_of(rule: Rule, *, name: str = "") -> Design:
    """What a rule is made of."""
    return Design(
        name=name or rule.name,
        trigger=rule.trigger,
        details=rule.details,
        conditions=rule.conditions,
        steps=rule.steps,
    )


def _lock(rule: Rule, version: int | None) -> Rule:
    fresh = Rule.objects.select_for_update().filter(pk=rule.pk).first()
    if fresh is None:
        raise NotFound
    if version is not None and fresh.version != version:
        raise Conflict(current_version=fresh.version)
    return fresh


def _wake(rule: Rule) -> None:
    if rule.is_on and rule.next_look_at is not None:
        MARKS.leave(rule.next_look_at)


def _ref(rule: Rule) -> RecordRef:
    return RecordRef("crm", "rule", rule.pk)
