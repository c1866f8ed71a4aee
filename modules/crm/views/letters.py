"""Letter templates: written with places that a record fills in, seen beforehand with a real record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import Actor
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.kinds import Kind, kind_named, kinds
from modules.crm.domain.letter import MANAGE, access_template, letter_templates, retire_template, write_template
from modules.crm.domain.places import client_email, fill, places_of, read_text
from modules.crm.models import LetterTemplate
from modules.crm.views.asking import actor_of
from modules.crm.widgets import PickerWidget, RawField


class LetterForm(forms.Form):
    """A template, and the record it is looked at with."""

    name = forms.CharField(label=gettext_lazy("Name of the template"), max_length=100, required=False)
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 12})
    )
    all_optional = True

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["record"] = RawField(
            label=gettext_lazy("See it with"), required=False, widget=PickerWidget((kind.key,))
        )


@screen(MANAGE)
def letter_list(request: HttpRequest) -> HttpResponse:
    """Templates by the kind of record they are for."""
    rows = list(letter_templates())
    groups = [
        {"kind": kind, "rows": own} for kind in kinds().values() if (own := [r for r in rows if r.kind == kind.key])
    ]
    return render(request, "crm/letters/list.html", {"groups": groups, "kinds": list(kinds().values())})


@screen(MANAGE, methods=("GET", "POST"))
def letter_add(request: HttpRequest, kind_key: str) -> HttpResponse:
    """A further template."""
    return _letter(request, kind_named(kind_key), None)


@screen(MANAGE, methods=("GET", "POST"))
def letter(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change a template."""
    found = access_template(template_id)
    return _letter(request, kind_named(found.kind), found)


def _letter(request: HttpRequest, kind: Kind, found: LetterTemplate | None) -> HttpResponse:
    initial = {"name": found.name, "subject": found.subject, "body": found.body} if found else {}
    form = LetterForm(request.POST or None, initial=initial, kind=kind)
    preview: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        record = _record(request, kind, values["record"])
        try:
            if request.POST.get("do") == "preview":
                preview = _preview(actor_of(request), kind, record, values)
            else:
                write_template(
                    actor=actor_of(request),
                    kind=kind,
                    name=values["name"],
                    subject=values["subject"],
                    body=values["body"],
                    template=found,
                )
                toast(request, _("Saved."))
                return redirect("crm:letters")
        except Invalid as error:
            form_errors(form, error)
    elif found is not None:
        record = _record(request, kind, None)
        preview = _preview(actor_of(request), kind, record, initial) if record is not None else None
    context = {"form": form, "kind": kind, "template": found, "places": places_of(kind), "preview": preview}
    return render(request, "crm/letters/letter.html", context, status=422 if form.errors else 200)


def _record(request: HttpRequest, kind: Kind, asked: Any) -> Any:
    """The record that was chosen, else the newest that the person sees."""
    rows = visible(actor_of(request), kind).order_by("-created_at", "-id").select_related("responsible")
    text = str(asked or "")
    if text.isascii() and text.isdigit() and len(text) < 19:
        return rows.filter(pk=int(text)).first()
    return rows.first()


def _preview(actor: Actor, kind: Kind, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    if record is None:
        raise Invalid(fields={"record": [_("There is no record to see it with yet.")]})
    texts = [read_text(kind, values[name], name, longest) for name, longest in (("subject", 200), ("body", 20_000))]
    closed = hidden(actor, kind)
    subject, body = fill(kind, record, *texts, closed=closed)
    to = "" if "emails" in closed else client_email(record)
    return {"record": record, "to": to, "subject": subject, "body": body}


@screen(MANAGE, methods=("POST",))
def letter_retire(request: HttpRequest, template_id: int) -> HttpResponse:
    """Offer a template no longer."""
    retire_template(actor=actor_of(request), template=access_template(template_id))
    toast(request, _("The template is retired."))
    return redirect("crm:letters")
