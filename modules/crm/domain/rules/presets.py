"""Ready rules to start from: they open in the editor, switched off, and become one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.letter import letter_templates
from modules.crm.domain.rules.rule import Design
from modules.crm.models import Stage


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A ready rule for records of `kind`; `make` gives its design with the portal's own stages."""

    key: str
    kind: str
    icon: str
    title: Text
    text: Text
    make: Callable[[Kind], Mapping[str, Any]]

    def design(self, kind: Kind) -> Design:
        """The rule in the reader's language."""
        return Design(name=str(self.title), **self.make(kind))


def _stages(kind: Kind, meaning: str) -> list[int]:
    rows = Stage.objects.filter(pipeline__kind=kind.key, kind=meaning).order_by("pipeline__position", "position")
    return list(rows.values_list("pk", flat=True))


def _first(kind: Kind) -> list[int]:
    rows = Stage.objects.filter(pipeline__kind=kind.key, pipeline__is_usual=True).order_by("position", "pk")
    return list(rows.values_list("pk", flat=True)[:1])


def _notify(text: str, *people: str) -> dict[str, Any]:
    return {"do": "notify", "people": list(people or ("responsible",)), "text": text}


def _unanswered(kind: Kind) -> Mapping[str, Any]:
    return {
        "trigger": "stays",
        "details": {"stages": _first(kind), "amount": 15, "unit": "minutes"},
        "conditions": [{"field": "answered", "op": "is", "data": {"answered": ["none"]}}],
        "steps": [
            _notify(_("“{{title}}” waits for an answer for 15 minutes"), "responsible", "head"),
            {
                "do": "activity",
                "activity": "call",
                "subject": _("Answer {{client}}"),
                "amount": 15,
                "unit": "minutes",
                "people": ["responsible"],
            },
        ],
    }


def _stepless(kind: Kind) -> Mapping[str, Any]:
    return {
        "trigger": "quiet",
        "details": {"amount": 3, "unit": "days"},
        "conditions": [{"field": "next_step", "op": "is", "data": {"next_step": ["none"]}}],
        "steps": [
            {
                "do": "activity",
                "activity": "task",
                "subject": _("Decide what comes next"),
                "amount": 1,
                "unit": "days",
                "people": ["responsible"],
            },
            _notify(_("“{{title}}” has had no next step for three days")),
        ],
    }


def _won(kind: Kind) -> Mapping[str, Any]:
    letter = letter_templates(kind).order_by("pk").values_list("pk", flat=True).first()
    thanks: dict[str, Any] = {"do": "letter", "template": letter} if letter else {}
    return {
        "trigger": "stage",
        "details": {"stages": _stages(kind, Stage.Kind.WON)},
        "steps": [
            *([thanks] if thanks else []),
            {
                "do": "activity",
                "activity": "call",
                "subject": _("Ask {{client}} whether all is well"),
                "amount": 14,
                "unit": "days",
                "people": ["responsible"],
            },
        ],
    }


def _in_turn(kind: Kind) -> Mapping[str, Any]:
    return {"trigger": "created", "steps": [{"do": "assign", "people": [], "way": "turn"}]}


def _late(kind: Kind) -> Mapping[str, Any]:
    return {
        "trigger": "day",
        "details": {"field": "closes_on", "shift": 0, "at": "09:00", "yearly": False},
        "conditions": [{"field": "kind", "op": "is", "data": {"kind": ["open"]}}],
        "steps": [_notify(_("“{{title}}” was to close today"))],
    }


def _birthday(kind: Kind) -> Mapping[str, Any]:
    return {
        "trigger": "day",
        "details": {"field": "birthday", "shift": -1, "at": "09:00", "yearly": True},
        "steps": [_notify(_("Tomorrow is the birthday of {{client}}"))],
    }


def _big(kind: Kind) -> Mapping[str, Any]:
    return {
        "trigger": "changed",
        "details": {"fields": ["amount"]},
        "conditions": [{"field": "amount", "op": "is", "data": {"amount_min": ["100000"]}}],
        "steps": [_notify(_("“{{title}}” is worth {{amount}} now"), "head")],
    }


PRESETS = (
    Preset(
        key="unanswered",
        kind="lead",
        icon="clock-exclamation",
        title=gettext_lazy("New lead nobody answered"),
        text=gettext_lazy("After 15 minutes tell the responsible person and the head, and plan a call."),
        make=_unanswered,
    ),
    Preset(
        key="turns",
        kind="lead",
        icon="user-check",
        title=gettext_lazy("Hand out new leads"),
        text=gettext_lazy("Each new lead goes to the next of the people you choose."),
        make=_in_turn,
    ),
    Preset(
        key="stepless",
        kind="deal",
        icon="alert-triangle",
        title=gettext_lazy("Deal without a next step"),
        text=gettext_lazy("After three quiet days plan a task and tell the responsible person."),
        make=_stepless,
    ),
    Preset(
        key="won",
        kind="deal",
        icon="confetti",
        title=gettext_lazy("Won deal: thank the client"),
        text=gettext_lazy("Send a letter, and call two weeks later."),
        make=_won,
    ),
    Preset(
        key="late",
        kind="deal",
        icon="calendar-event",
        title=gettext_lazy("Deal that was to close today"),
        text=gettext_lazy("In the morning of the expected day tell the responsible person."),
        make=_late,
    ),
    Preset(
        key="big",
        kind="deal",
        icon="trending-up",
        title=gettext_lazy("Deal that becomes big"),
        text=gettext_lazy("Tell the head when the amount rises above a bound."),
        make=_big,
    ),
    Preset(
        key="birthday",
        kind="contact",
        icon="cake",
        title=gettext_lazy("Birthday of a contact"),
        text=gettext_lazy("The day before, each year, tell the responsible person."),
        make=_birthday,
    ),
)


def preset_named(key: str) -> Preset | None:
    """The ready rule called `key`."""
    return next((one for one in PRESETS if one.key == key), None)
