"""The editor of rules: forms that carry what was chosen; verbs read and refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.ui.widgets import TicksWidget
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.domain.letter import letter_templates
from modules.crm.domain.lost_reason import reasons
from modules.crm.domain.rules.people import RESPONSIBLE, people_choices
from modules.crm.domain.rules.steps import STEPS, steps_of
from modules.crm.domain.rules.steps.assign import TURN, WAYS
from modules.crm.domain.rules.steps.record import settable
from modules.crm.domain.rules.steps.webhook import webhook_choices
from modules.crm.domain.rules.triggers import CALLS, TRIGGERS, UNITS, USUAL_HOUR, days_of, triggers_of
from modules.crm.forms import stage_choices, to_do_choices
from modules.crm.record_forms import RecordForm

_UNITS = [(key, title) for key, (title, _length) in UNITS.items()]
_SIDES = [("after", _("after it")), ("before", _("before it"))]


class _Ticks(forms.MultipleChoiceField):
    """Several of a list; verbs check them."""

    widget = TicksWidget

    def __init__(self, *, none: Any = "", **more: Any) -> None:
        super().__init__(required=False, widget=TicksWidget(none=none), **more)

    def valid_value(self, value: Any) -> bool:
        return True


class _Pick(forms.ChoiceField):
    """One of a list; verbs check it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)

    def valid_value(self, value: Any) -> bool:
        return True


def _redrawing() -> forms.Select:
    """A choice on which the rest of the page depends."""
    return forms.Select(attrs={"data-redraw": True})


def _amount(initial: int) -> forms.CharField:
    number = forms.TextInput(attrs={"inputmode": "numeric", "size": 4, "maxlength": 6})
    return forms.CharField(label=_("How long"), required=False, widget=number, initial=initial)


class TriggerForm(forms.Form):
    """When: what happens, and the details of it."""

    all_optional = True

    def __init__(self, *args: Any, kind: Kind, trigger: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(one.key, one.title) for one in triggers_of(kind)]
        self.fields["trigger"] = _Pick(
            label=pgettext_lazy("what starts a rule", "What happens"), choices=named, widget=_redrawing()
        )
        self.asks = TRIGGERS[trigger].asks if trigger in TRIGGERS else ()
        for name in self.asks:
            self.fields[name] = self._field(kind, name)
            if name == "shift":
                self.fields["side"] = _Pick(label=_("Before or after"), choices=_SIDES)

    def _field(self, kind: Kind, name: str) -> forms.Field:
        match name:
            case "fields":
                named = [(item.key, item.title) for item in field_map(kind).values()]
                return _Ticks(label=_("Which field"), choices=named, none=_("any field"))
            case "stages":
                return _Ticks(label=_("Stage"), choices=stage_choices(kind), none=_("any stage"))
            case "activities":
                return _Ticks(label=_("Which activity"), choices=to_do_choices(), none=_("any activity"))
            case "calls":
                return _Ticks(label=_("Which call"), choices=list(CALLS.items()), none=_("any call"))
            case "amount":
                return _amount(1)
            case "unit":
                return _Pick(label=_("Unit"), choices=_UNITS, initial="days")
            case "field":
                named = [(item.key, item.title) for item in days_of(field_map(kind))]
                return _Pick(label=_("Which day"), choices=named)
            case "shift":
                number = forms.TextInput(attrs={"inputmode": "numeric", "size": 4, "maxlength": 3})
                return forms.CharField(label=_("Days"), required=False, widget=number, initial=0)
            case "at":
                clock = forms.TextInput(attrs={"type": "time"})
                return forms.CharField(label=_("At what time"), required=False, widget=clock, initial=USUAL_HOUR)
        return forms.BooleanField(label=_("every year"), required=False)

    def fill_in(self, data: QueryDict) -> None:
        """Give what another trigger asks for its usual value; `data` is what the form was made of."""
        for name in self.asks:
            usual = self.fields[name].initial
            if name not in data and usual is not None:
                data[name] = str(usual)

    def details(self) -> dict[str, Any]:
        """What the verb reads."""
        values = {name: self.cleaned_data.get(name) for name in self.asks}
        if "shift" in values and self.cleaned_data.get("side") == "before":
            values["shift"] = f"-{str(values['shift']).lstrip('-')}"
        return values

    @staticmethod
    def shown(details: Mapping[str, Any]) -> dict[str, Any]:
        """Kept details as the form shows them."""
        shift = int(details.get("shift", 0))
        return {**details, "shift": abs(shift), "side": "before" if shift < 0 else "after"}


class StepForm(forms.Form):
    """An action with its settings. `key` says which; a field to be set brings a control of its own."""

    all_optional = True

    def __init__(self, data: Any, *, prefix: str, kind: Kind, key: str, kept: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=prefix, initial=dict(kept or {}))
        self.kind, self.key, self.step = kind, key, STEPS[key]
        for name, made in self._fields().items():
            self.fields[name] = made
        self.value: RecordForm | None = None
        if key == "field":
            self._value_of(kind, kept or {})

    def _value_of(self, kind: Kind, kept: Mapping[str, Any]) -> None:
        chosen = self.data.get(f"{self.prefix}-field") if self.is_bound else kept.get("field")
        items = settable(kind)
        item = items.get(str(chosen)) or next(iter(items.values()))
        self.value = RecordForm(self.data if self.is_bound else None, prefix=f"{self.prefix}-v", items=[item])
        if not self.is_bound and "value" in kept:
            self.value.initial[item.key] = kept["value"]

    def _fields(self) -> dict[str, forms.Field]:
        kind = self.kind
        match self.key:
            case "assign":
                days = [(str(day), name) for day, name in WEEKDAYS.items()]
                clock = forms.TextInput(attrs={"type": "time"})
                return {
                    "people": _Ticks(label=_("To whom"), choices=people_choices(kind)),
                    "way": _Pick(label=_("Whose turn"), choices=list(WAYS.items()), initial=TURN),
                    "hours": forms.BooleanField(label=_("only to those who work now"), required=False),
                    "days": _Ticks(label=_("Working days"), choices=days, initial=[0, 1, 2, 3, 4]),
                    "from": forms.CharField(label=_("From"), required=False, initial="09:00", widget=clock),
                    "to": forms.CharField(label=_("To"), required=False, initial="18:00", widget=clock),
                }
            case "activity":
                return {
                    "activity": _Pick(label=_("What"), choices=to_do_choices()),
                    "subject": forms.CharField(label=_("Subject"), max_length=200, required=False),
                    "amount": _amount(1),
                    "unit": _Pick(label=_("Unit"), choices=_UNITS, initial="days"),
                    "people": _Ticks(label=_("For whom"), choices=people_choices(kind), initial=[RESPONSIBLE]),
                }
            case "notify":
                text = forms.Textarea(attrs={"rows": 2, "maxlength": 300})
                return {
                    "people": _Ticks(label=_("Whom"), choices=people_choices(kind), initial=[RESPONSIBLE]),
                    "text": forms.CharField(label=_("Text"), required=False, widget=text),
                }
            case "letter":
                named = [(str(row.pk), row.name) for row in letter_templates(kind)]
                return {"template": _Pick(label=_("Which letter"), choices=named)}
            case "webhook":
                return {"webhook": _Pick(label=_("Which webhook"), choices=webhook_choices())}
            case "field":
                fields = [(item.key, item.title) for item in settable(kind).values()]
                return {"field": _Pick(label=_("Which field"), choices=fields, widget=_redrawing())}
            case "stage":
                lost = [("", pgettext_lazy("a reason", "no reason")), *((str(r.pk), r.title) for r in reasons())]
                return {
                    "stage": _Pick(label=_("Stage"), choices=stage_choices(kind)),
                    "lost_reason": _Pick(label=_("Why it was lost"), choices=lost),
                }
        return {
            "amount": _amount(1),
            "unit": _Pick(label=_("Unit"), choices=_UNITS, initial="days"),
            "recheck": forms.BooleanField(
                label=_("then go on only if the conditions still hold"), required=False, initial=True
            ),
        }

    def raw(self) -> dict[str, Any]:
        """What the verb reads."""
        self.is_valid()
        values: dict[str, Any] = {"do": self.key, **self.cleaned_data}
        if self.value is not None:
            self.value.is_valid()
            values["value"] = next(iter(self.value.given().values()), None)
        return values


def step_choices(kind: Kind) -> list[tuple[str, Any, str]]:
    """Actions to add: key, title, icon."""
    return [(step.key, step.title, step.icon) for step in steps_of(kind)]
