"""Rules: the list, the editor that reads like a sentence, the rehearsal and the log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit import gates
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.toasts import toast
from modules.crm.condition_forms import ConditionRow, condition_words
from modules.crm.domain.kinds import Kind, kind_named, kinds
from modules.crm.domain.places import places_of
from modules.crm.domain.rules import rule as verbs
from modules.crm.domain.rules.conditions import choices_of
from modules.crm.domain.rules.hearing import LIMIT
from modules.crm.domain.rules.presets import PRESETS, preset_named
from modules.crm.domain.rules.queries import failures, gone_words, over_the_plan, rules_of, step_words, trigger_words
from modules.crm.domain.rules.rehearsal import DAYS, rehearse
from modules.crm.domain.rules.rule import MANAGE, Design, access_rule, design_of
from modules.crm.domain.rules.steps import STEPS
from modules.crm.domain.rules.triggers import triggers_of
from modules.crm.models import Rule
from modules.crm.rule_forms import StepForm, TriggerForm, step_choices
from modules.crm.views.asking import actor_of, number_of, version_of

_MOST_ROWS = 30


@screen(MANAGE)
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules, in the order in which they run, by kind of record."""
    rules, failed, over = rules_of(), failures(), over_the_plan()
    words, gone = trigger_words(rules), gone_words(rules)
    groups = []
    for kind in kinds().values():
        own = [rule for rule in rules if rule.kind == kind.key]
        rows = [
            {
                "rule": rule,
                "when": words[rule.pk],
                "steps": [step_words(step) for step in rule.steps],
                "failed": failed.get(rule.pk, 0),
                "over": rule.pk in over,
                "problem": gone.get(rule.pk) or rule.problem,
                "first": rule is own[0],
                "last": rule is own[-1],
            }
            for rule in own
        ]
        if rows:
            groups.append({"kind": kind, "rows": rows})
    return render(request, "crm/rules/list.html", {"groups": groups, "usage": gates.usage(LIMIT)})


@screen(MANAGE)
def rule_start(request: HttpRequest) -> HttpResponse:
    """Where a rule begins: with a ready one, or with nothing."""
    known = kinds()
    presets = [{"preset": one, "kind": known[one.kind]} for one in PRESETS if one.kind in known]
    return render(request, "crm/rules/start.html", {"presets": presets, "kinds": list(known.values())})


@screen(MANAGE, methods=("GET", "POST"))
def rule_add(request: HttpRequest, kind_key: str) -> HttpResponse:
    """The editor with a rule that is not there yet; `?preset=` fills it."""
    kind = kind_named(kind_key)
    preset = preset_named(request.GET.get("preset", ""))
    start = Design(name="", trigger=triggers_of(kind)[0].key)
    if preset is not None and preset.kind == kind.key:
        start = preset.design(kind)
    editor = Editor(request, kind, start)
    if editor.wants_saving:
        try:
            made = verbs.create_rule(actor=actor_of(request), kind=kind, design=editor.design())
        except Invalid as error:
            editor.refuse(error)
        else:
            toast(request, _("The rule is written. Try it, then switch it on."))
            return redirect("crm:rule", made.pk)
    return _editor_page(request, editor, None)


@screen(MANAGE, methods=("GET", "POST"))
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The editor of a rule."""
    found = access_rule(rule_id)
    editor = Editor(request, kind_named(found.kind), design_of(found))
    if editor.wants_saving:
        try:
            verbs.edit_rule(actor=actor_of(request), rule=found, design=editor.design(), version=version_of(request))
        except Invalid as error:
            editor.refuse(error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:rule", found.pk)
    return _editor_page(request, editor, found)


def _editor_page(request: HttpRequest, editor: Editor, found: Rule | None) -> HttpResponse:
    context = {
        "editor": editor,
        "rule": found,
        "kind": editor.kind,
        "places": places_of(editor.kind),
        "version": request.POST.get("version") or (found.version if found else ""),
        "over": found is not None and found.pk in over_the_plan(),
    }
    return render(request, "crm/rules/editor.html", context, status=422 if editor.refused else 200)


class Editor:
    """The page of a rule as it was sent, or as it is kept: its trigger, conditions and steps in the order shown."""

    def __init__(self, request: HttpRequest, kind: Kind, kept: Design) -> None:
        self.kind, self.refused, self.errors = kind, False, dict[str, list[str]]()
        self.do = request.POST.get("do", "save") if request.method == "POST" else ""
        self._titles = choices_of(kind)
        data = request.POST.copy() if request.method == "POST" else None
        self.name = data.get("name", "") if data is not None else kept.name
        trigger = data.get("trigger", "") if data is not None else kept.trigger
        self.trigger = TriggerForm(data, kind=kind, trigger=trigger, initial=self._shown(kept))
        if data is not None and not self.wants_saving:
            self.trigger.fill_in(data)
        if data is None:
            self._from_kept(kept)
        else:
            self._from_data(data)

    @staticmethod
    def _shown(kept: Design) -> dict[str, Any]:
        return {"trigger": kept.trigger, **TriggerForm.shown(kept.details)}

    def _from_kept(self, kept: Design) -> None:
        self.conditions = [self._condition(place, kept=one) for place, one in enumerate(kept.conditions)]
        self.steps = [self._step(place, str(one["do"]), kept=one) for place, one in enumerate(kept.steps)]

    def _from_data(self, data: QueryDict) -> None:
        what, _colon, which = self.do.partition(":")
        conditions = _numbers(data.getlist("c"))
        steps = [(place, key) for place in _numbers(data.getlist("s")) if (key := data.get(f"s{place}-do")) in STEPS]
        if what == "drop-condition":
            conditions = [place for place in conditions if str(place) != which]
        if what == "drop-step":
            steps = [pair for pair in steps if str(pair[0]) != which]
        if what in ("up", "down"):
            at = next((i for i, pair in enumerate(steps) if str(pair[0]) == which), 0)
            to = min(max(at + (-1 if what == "up" else 1), 0), len(steps) - 1)
            steps.insert(to, steps.pop(at))
        self.conditions = [self._condition(place, data=data) for place in conditions]
        self.steps = [self._step(place, str(key), data=data) for place, key in steps]
        if what == "add-condition":
            self.conditions.append(self._condition(max(conditions, default=-1) + 1))
        if what == "add-step" and which in STEPS:
            self.steps.append(self._step(max((place for place, _key in steps), default=-1) + 1, which))

    def _condition(self, place: int, *, data: QueryDict | None = None, kept: Any = None) -> ConditionRow:
        return ConditionRow(self.kind, place, self._titles, data=data, kept=kept)

    def _step(self, place: int, key: str, *, data: QueryDict | None = None, kept: Any = None) -> dict[str, Any]:
        form = StepForm(data, prefix=f"s{place}", kind=self.kind, key=key, kept=kept)
        return {"place": place, "form": form, "key": key, "step": STEPS[key], "errors": []}

    @property
    def wants_saving(self) -> bool:
        """Whether the rule is to be kept, and not only shown with a row more or less."""
        return self.do == "save"

    @property
    def actions(self) -> list[tuple[str, Any, str]]:
        """What can be added."""
        return step_choices(self.kind)

    def design(self) -> Design:
        """What the verb reads."""
        self.trigger.is_valid()
        return Design(
            name=self.name,
            trigger=str(self.trigger.cleaned_data.get("trigger", "")),
            details=self.trigger.details(),
            conditions=[row.raw() for row in self.conditions],
            steps=[step["form"].raw() for step in self.steps],
        )

    @property
    def stray(self) -> list[str]:
        """What was refused and belongs to nothing on the page."""
        known = {"name", "steps"}
        return [text for name, texts in self.errors.items() if name not in known for text in texts]

    def refuse(self, error: Invalid) -> None:
        """Put what the verb refused where it belongs."""
        self.refused = True
        for name, texts in error.fields.items() or [("", [str(error)])]:
            what, _dot, rest = name.partition(".")
            place, _dot, setting = rest.partition(".")
            given = [str(text) for text in texts]
            if what == "conditions" and place:
                self.conditions[int(place)].errors += given
            elif what == "steps" and place:
                step = self.steps[int(place)]
                known = setting in step["form"].fields
                step["form"].add_error(setting, given) if known else step["errors"].extend(given)
            elif what in self.trigger.fields:
                self.trigger.add_error(what, given)
            else:
                self.errors.setdefault(what, []).extend(given)


def _numbers(typed: list[str]) -> list[int]:
    return [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 4][:_MOST_ROWS]


@screen(MANAGE, methods=("POST",))
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """On or off."""
    on = request.POST.get("on") == "1"
    verbs.switch_rule(actor=actor_of(request), rule=access_rule(rule_id), on=on)
    toast(request, _("The rule is on.") if on else _("The rule is off."))
    return redirect(_next(request, rule_id))


def _next(request: HttpRequest, rule_id: int) -> str:
    return reverse("crm:rule", args=[rule_id]) if request.POST.get("from") == "rule" else reverse("crm:rules")


@screen(MANAGE, methods=("POST",))
def rule_order(request: HttpRequest) -> HttpResponse:
    """One place up or down among the rules of its kind."""
    moved = access_rule(number_of(request, "rule"))
    rules = rules_of()
    own = [one.pk for one in rules if one.kind == moved.kind]
    at = own.index(moved.pk)
    to = min(max(at + (-1 if request.POST.get("to") == "up" else 1), 0), len(own) - 1)
    own.insert(to, own.pop(at))
    rest = iter(own)
    order = [next(rest) if one.kind == moved.kind else one.pk for one in rules]
    verbs.order_rules(actor=actor_of(request), rule_ids=order)
    return redirect("crm:rules")


@screen(MANAGE, methods=("POST",))
def rule_copy(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The same once more."""
    made = verbs.copy_rule(actor=actor_of(request), rule=access_rule(rule_id))
    toast(request, _("Here is the copy, switched off."))
    return redirect("crm:rule", made.pk)


@screen(MANAGE, methods=("POST",))
def rule_delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Remove it."""
    verbs.delete_rule(actor=actor_of(request), rule=access_rule(rule_id), version=version_of(request))
    toast(request, _("The rule is removed."))
    return redirect("crm:rules")


@screen(MANAGE, methods=("GET", "POST"))
def rule_try(request: HttpRequest, rule_id: int) -> HttpResponse:
    """What it would have done with the records of last month; asked for by a button, as it takes a moment."""
    found = access_rule(rule_id)
    kind = kind_named(found.kind)
    context: dict[str, Any] = {
        "rule": found,
        "kind": kind,
        "when": trigger_words([found])[found.pk],
        "conditions": condition_words(kind, found.conditions),
        "steps": [step_words(step) for step in found.steps],
        "days": DAYS,
        "STEPS": STEPS,
    }
    if request.method == "POST":
        try:
            context["rehearsal"] = rehearse(actor=actor_of(request), rule=found)
        except Invalid as error:
            context["refusal"] = str(error)
    return render(request, "crm/rules/try.html", context)
