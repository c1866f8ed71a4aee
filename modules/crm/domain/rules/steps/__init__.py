"""What a rule can do, in the order in which it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain.kinds import Kind
from modules.crm.domain.rules.steps.assign import Assign
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.steps.planning import PlanActivity, Wait
from modules.crm.domain.rules.steps.record import Move, SetField
from modules.crm.domain.rules.steps.telling import Notify, SendLetter
from modules.crm.domain.rules.steps.webhook import CallWebhook

MOST = 20
STEPS: Mapping[str, Step] = {
    step.key: step
    for step in (Assign(), PlanActivity(), Notify(), SendLetter(), SetField(), Move(), CallWebhook(), Wait())
}


def steps_of(kind: Kind) -> list[Step]:
    """The actions that rules for `kind` can have."""
    return [step for step in STEPS.values() if step.fits(kind)]


def read_steps(kind: Kind, raw: Any) -> list[dict[str, Any]]:
    """Actions, checked: {"do", …settings}. Raises Invalid naming `steps` or `steps.<place>.<setting>`."""
    if not isinstance(raw, list | tuple) or not raw:
        raise Invalid(fields={"steps": [_("Say what to do.")]})
    if len(raw) > MOST:
        raise Invalid(fields={"steps": [_("At most %(most)s.") % {"most": MOST}]})
    wrong: dict[str, list[str]] = {}
    found = []
    for place, one in enumerate(raw):
        key = str(one.get("do")) if isinstance(one, Mapping) else ""
        step = STEPS.get(key)
        if step is None or not step.fits(kind):
            wrong[f"steps.{place}.do"] = [_("Choose one of the list.")]
            continue
        try:
            found.append({"do": key, **step.read(kind, one)})
        except Invalid as error:
            wrong |= {f"steps.{place}.{name}": texts for name, texts in error.fields.items()}
    if wrong:
        raise Invalid(fields=wrong)
    if all(one["do"] == "wait" for one in found):
        raise Invalid(fields={"steps": [_("Say what to do after the wait.")]})
    return found
