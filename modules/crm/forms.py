"""Forms of CRM. They read; verbs decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.ui.forms import offer
from modules.crm.domain.access import pipelines
from modules.crm.domain.fields import AMOUNT, Type
from modules.crm.domain.kinds import LEAD, Kind, fields_of, kinds
from modules.crm.domain.queries import own_kinds
from modules.crm.models import Activity, Stage
from tenants.people.models import User

_BY_TEXT = frozenset(
    {Type.TEXT, Type.LONG_TEXT, Type.NUMBER, Type.DATE, Type.CHOICE, Type.CHOICES, Type.YESNO, Type.LINK, AMOUNT}
)


def people_choices(empty: Any = None) -> list[tuple[str, Any]]:
    """Active colleagues for a choice of the responsible person."""
    people = User.objects.employees().order_by("first_name", "last_name", "id")
    choices: list[tuple[str, Any]] = [(str(person.pk), person.display_name) for person in people]
    return [("", empty), *choices] if empty is not None else choices


def stage_choices(kind: Kind = LEAD, besides: int = 0) -> list[tuple[str, Any]]:
    """Stages of all pipelines of `kind` `besides` one; grouped where there are several pipelines."""
    groups = [
        (one.title, [(str(stage.pk), stage.title) for stage in one.stages.all() if stage.pk != besides])
        for one in pipelines(kind)
    ]
    return groups[0][1] if len(groups) == 1 else groups


def to_do_choices() -> list[tuple[str, Any]]:
    """What can be planned: the usual kinds, then the company's own."""
    usual = (Activity.Kind.CALL, Activity.Kind.MEETING, Activity.Kind.LETTER, Activity.Kind.TASK)
    own = [(f"own:{kind.pk}", kind.name) for kind in own_kinds()]
    return [*((str(kind.value), kind.label) for kind in usual), *own]


class AssignForm(forms.Form):
    """Who takes it."""

    responsible = forms.ChoiceField(label=_("Responsible"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "responsible", people_choices())


class MergeForm(forms.Form):
    """Which of the chosen records stays."""

    keep = forms.ChoiceField(
        label=_("Which one stays"),
        choices=[("oldest", _("the oldest")), ("changed", _("the one changed last"))],
        widget=forms.RadioSelect,
        initial="oldest",
        help_text=_(
            "It takes from the others what it lacks, with their deals, activities and files. They go to the trash; it"
            " can be taken back for 30 days on its card."
        ),
    )


def move_form(kind: Kind, besides: int = 0) -> type[forms.Form]:
    """Where records of `kind` go: any stage `besides` one that is on its way out."""

    class MoveForm(forms.Form):
        stage = forms.ChoiceField(label=_("Stage"))

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            offer(self, "stage", stage_choices(kind, besides))

    return MoveForm


def edit_form(kind: Kind) -> type[forms.Form]:
    """One field of many records of `kind`: which, and the value that all get."""

    class EditForm(forms.Form):
        field = forms.ChoiceField(label=_("Field"))
        value = forms.CharField(
            label=_("New value"),
            required=False,
            max_length=500,
            help_text=_("A choice by its name, a date like 2026-03-31. Left empty, the field is emptied."),
        )

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.items = {item.key: item for item in fields_of(kind) if item.settable and item.type in _BY_TEXT}
            choices = [(key, item.title) for key, item in self.items.items()]
            offer(self, "field", choices)

        def changes(self) -> dict[str, Any]:
            """The value by field key, as verbs read it."""
            item, typed = self.items[self.cleaned_data["field"]], self.cleaned_data["value"].strip()
            titles = {str(title).lower(): value for value, title in item.choices}
            value: Any = titles.get(typed.lower(), typed)
            if item.type == Type.CHOICES:
                value = [titles.get(part.strip().lower(), part.strip()) for part in typed.split(",") if part.strip()]
            elif item.type == Type.YESNO and typed:
                value = typed.lower() in ("1", "yes", "true", str(_("yes")).lower())
            return {item.key: value}

    return EditForm


class PipelineForm(forms.Form):
    """A pipeline's name, and for a new one what goes through it."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=pgettext_lazy("what a pipeline serves", "For"), initial="deal")

    def __init__(self, *args: Any, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            staged = [(kind.key, kind.plural) for kind in kinds().values() if kind.staged]
            offer(self, "kind", staged)
        else:
            del self.fields["kind"]


class StageForm(forms.Form):
    """A stage of a pipeline of `kind`."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("What it means"), choices=Stage.Kind.choices)
    colour = forms.ChoiceField(label=_("Colour"), choices=Stage.Colour.choices)
    probability = forms.IntegerField(label=_("Probability, %"), min_value=0, max_value=100, required=False)
    required = forms.MultipleChoiceField(
        label=_("Fields that must be filled in to enter it"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, of: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(item.key, item.title) for item in fields_of(of) if item.settable and item.key != of.title_field]
        offer(self, "required", choices)
        if of is LEAD:
            del self.fields["probability"]


class ReasonForm(forms.Form):
    """A reason of loss."""

    name = forms.CharField(label=_("Name"), max_length=100)


class RotationForm(forms.Form):
    """Who takes leads from outside, in turn."""

    people = forms.MultipleChoiceField(
        label=_("People who take new leads in turn"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "people", people_choices())
