"""Forms of CRM. They read; verbs decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from modules.crm.domain.access import pipelines
from modules.crm.domain.people import default_currency
from modules.crm.models import Lead, Pipeline, Source, Stage
from modules.crm.models.lead import Currency
from tenants.people.models import User

_LINES = _("One on a line.")


def people_choices(empty: Any = None) -> list[tuple[str, Any]]:
    """Active colleagues for a choice of the responsible person."""
    people = User.objects.employees().order_by("first_name", "last_name", "id")
    choices: list[tuple[str, Any]] = [(str(person.pk), person.display_name) for person in people]
    return [("", empty), *choices] if empty is not None else choices


def stage_choices() -> list[tuple[str, Any]]:
    """Stages of all pipelines; grouped where there are several."""
    found: list[Pipeline] = pipelines()
    if len(found) == 1:
        return [(str(stage.pk), stage.title) for stage in found[0].stages.all()]
    return [(p.title, [(str(stage.pk), stage.title) for stage in p.stages.all()]) for p in found]


class LinesField(forms.CharField):
    """A text box whose lines are values."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, help_text=_LINES, **kwargs)
        self.widget.attrs.update({"rows": 2})

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value


class ContactForm(forms.Form):
    """Who it is."""

    title = forms.CharField(label=_("Title"), max_length=200)
    person_name = forms.CharField(label=_("Person"), max_length=200, required=False)
    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    phones = LinesField(label=_("Phones"))
    emails = LinesField(label=_("E-mails"))


class DealForm(forms.Form):
    """What it is about."""

    amount = forms.CharField(label=_("Amount"), max_length=30, required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    source = forms.ChoiceField(label=_("Source"), choices=Source.choices)
    source_detail = forms.CharField(label=_("Details of the source"), max_length=200, required=False)


class NoteForm(forms.Form):
    """Free text."""

    comment = forms.CharField(
        label=_("Comment"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )


SECTIONS: dict[str, type[forms.Form]] = {"contact": ContactForm, "deal": DealForm, "note": NoteForm}


class NewLeadForm(forms.Form):
    """A lead made by hand. Nothing is required by itself: a name, a phone or an e-mail is enough."""

    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Left empty, it takes the name.")
    )
    person_name = forms.CharField(label=_("Person"), max_length=200, required=False)
    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    stage = forms.ChoiceField(label=_("Stage"))
    source = forms.ChoiceField(label=_("Source"), choices=Source.choices, initial=Source.CALL)
    amount = forms.CharField(label=_("Amount"), max_length=30, required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    responsible = forms.ChoiceField(label=_("Responsible"), required=False)
    comment = forms.CharField(
        label=_("Comment"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, may_assign: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = stage_choices()  # type: ignore[attr-defined]
        self.fields["currency"].initial = default_currency()
        if may_assign:
            self.fields["responsible"].choices = people_choices()  # type: ignore[attr-defined]
        else:
            del self.fields["responsible"]


class AssignForm(forms.Form):
    """Who takes it."""

    responsible = forms.ChoiceField(label=_("Responsible"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].choices = people_choices()  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where it goes."""

    stage = forms.ChoiceField(label=_("Stage"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = stage_choices()  # type: ignore[attr-defined]


class PipelineForm(forms.Form):
    """A pipeline's name."""

    name = forms.CharField(label=_("Name"), max_length=100)


class StageForm(forms.Form):
    """A stage."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("What it means"), choices=Stage.Kind.choices)
    colour = forms.ChoiceField(label=_("Colour"), choices=Stage.Colour.choices)


class RotationForm(forms.Form):
    """Who takes leads from outside, in turn."""

    people = forms.MultipleChoiceField(
        label=_("People who take new leads in turn"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = people_choices()  # type: ignore[attr-defined]


def values_of(lead: Lead, section: str) -> dict[str, Any]:
    """The lead's values for the form of `section`."""
    points = list(lead.contact_points.all())
    values: dict[str, Any] = {
        "phones": [point.typed for point in points if point.kind == "phone"],
        "emails": [point.typed for point in points if point.kind == "email"],
    }
    return {name: values[name] if name in values else getattr(lead, name) for name in SECTIONS[section].base_fields}
