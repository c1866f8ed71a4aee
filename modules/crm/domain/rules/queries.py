"""What pages show of rules and their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import NotFound
from infra.kit.spec import Scope
from modules.crm.domain.access import pipeline_rules, visible
from modules.crm.domain.kinds import field_map, kind_named, kinds
from modules.crm.domain.rules.hearing import LIMIT
from modules.crm.domain.rules.rule import MANAGE
from modules.crm.domain.rules.steps import STEPS
from modules.crm.domain.rules.triggers import TRIGGERS, UNITS
from modules.crm.models import Rule, RuleRun, Stage


def rules_of() -> list[Rule]:
    """All rules in the order in which they run."""
    return list(rule_rows())


def rule_rows() -> QuerySet[Rule]:
    """Rules, for choices and the API; who may see them is asked by the permission to set them up."""
    return Rule.objects.order_by("position", "pk")


def rules_named(ids: Sequence[int]) -> list[Rule]:
    """Rules by id, in that order."""
    found = Rule.objects.in_bulk(list(ids))
    return [found[pk] for pk in ids if pk in found]


def failures() -> Mapping[int, int]:
    """How many runs of each rule failed and were not tried again."""
    rows = RuleRun.objects.filter(status=RuleRun.Status.FAILED).order_by().values("rule")
    return {row["rule"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def over_the_plan() -> set[int]:
    """Rules that are on, but do not run since the plan has no room for them: the newest beyond its number."""
    most = gates.limit_of(LIMIT)
    if most is None:
        return set()
    return set(Rule.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True)[most:])


def runs(actor: Actor) -> QuerySet[RuleRun]:
    """The log of runs with records that the actor may see. Raises Denied."""
    require_permission(actor, MANAGE)
    rows = RuleRun.objects.select_related("rule")
    for kind in kinds().values():
        if actor.scope(kind.permission("view")) is not Scope.ALL or pipeline_rules(actor, kind, "view"):
            seen = visible(actor, kind).values("pk")
            rows = rows.exclude(~Q(record_id__in=seen), record_kind=kind.key)
    return rows


def access_run(actor: Actor, run_id: int) -> RuleRun:
    """A run. Raises Denied, NotFound."""
    found = runs(actor).filter(pk=run_id).first()
    if found is None:
        raise NotFound
    return found


def gone_words(rules: Sequence[Rule]) -> dict[int, str]:
    """Of those of `rules` that wait for stages or fields which are all gone, what is to be said; the same number of
    statements for all."""
    ids = {pk for rule in rules for pk in rule.details.get("stages", ())}
    stages = set(Stage.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    known = kinds()
    fields = {key: set(field_map(known[key])) for key in {rule.kind for rule in rules} if key in known}
    found: dict[int, str] = {}
    for rule in rules:
        named = set(rule.details.get("stages", ()))
        wanted = {*rule.details.get("fields", ()), *filter(None, [rule.details.get("field")])}
        if named and not named & stages:
            found[rule.pk] = _("The stage that this rule waits for is gone. Choose another one.")
        elif wanted and not wanted & fields.get(rule.kind, set()):
            found[rule.pk] = _("The field that this rule waits for is gone. Choose another one.")
    return found


def trigger_words(rules: Sequence[Rule]) -> dict[int, str]:
    """When each of `rules` starts, in words that go on after "When it"; one statement for all."""
    ids = {pk for rule in rules for pk in rule.details.get("stages", ())}
    stages = {stage.pk: stage.title for stage in Stage.objects.filter(pk__in=ids)} if ids else {}
    return {rule.pk: _when(rule, stages) for rule in rules}


def _when(rule: Rule, stages: Mapping[int, str]) -> str:
    details = rule.details
    words = str(TRIGGERS[rule.trigger].title)
    named = ", ".join(_("“%(name)s”") % {"name": stages[pk]} for pk in details.get("stages", ()) if pk in stages)
    if named:
        words += f" {named}"
    if "amount" in details:
        words += " " + _("for %(span)s") % {"span": span_words(details)}
    if "field" in details:
        words += _day(rule)
    return words


def _day(rule: Rule) -> str:
    built_in = {item.key: str(item.title) for item in kind_named(rule.kind).fields}
    title = built_in.get(rule.details["field"], "")
    words = " " + _("“%(name)s”") % {"name": title} if title else ""
    shift = rule.details["shift"]
    if not shift:
        return words
    n = abs(shift)
    before = ngettext("%(n)s day before", "%(n)s days before", n)
    after = ngettext("%(n)s day after", "%(n)s days after", n)
    return f"{words}, " + (before if shift < 0 else after) % {"n": n}


def span_words(details: Mapping[str, Any]) -> str:
    """How long, in words."""
    return f"{details['amount']} {UNITS[details['unit']][0]}"


def step_words(step: Mapping[str, Any]) -> dict[str, Any]:
    """An action in a word, with its icon."""
    known = STEPS[step["do"]]
    title = f"{known.title} {span_words(step)}" if step["do"] == "wait" else str(known.title)
    return {"title": title, "icon": known.icon}
