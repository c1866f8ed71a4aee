"""Settings of CRM: kinds of activities that the company makes for itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.crm.domain.activity_kind import (
    ICONS,
    MANAGE,
    KindDesign,
    access_kind,
    kinds_in_use,
    order_kinds,
    retire_kind,
    write_kind,
)
from modules.crm.models import ActivityKind, Stage
from modules.crm.views.asking import actor_of, number_of, version_of


class KindForm(forms.Form):
    """A kind of activities."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    icon = forms.ChoiceField(
        label=gettext_lazy("Icon"), choices=[(one, one) for one in ICONS], widget=forms.RadioSelect, initial="star"
    )
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Stage.Colour.choices, initial=Stage.Colour.ACCENT)
    has_due = forms.BooleanField(
        label=gettext_lazy("It is planned for a day and time"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise it is only put down once it is done."),
    )
    has_result = forms.BooleanField(label=gettext_lazy("Ask for the result when it is done"), required=False)


@screen(MANAGE)
def kind_list(request: HttpRequest) -> HttpResponse:
    """The kinds in order."""
    return render(request, "crm/activity_kinds.html", {"rows": list(kinds_in_use())})


@screen(MANAGE, methods=("GET", "POST"))
def kind_add(request: HttpRequest) -> HttpResponse:
    """A further kind."""
    return _form(request, None)


@screen(MANAGE, methods=("GET", "POST"))
def kind(request: HttpRequest, own_kind_id: int) -> HttpResponse:
    """Change a kind."""
    return _form(request, access_kind(own_kind_id))


def _form(request: HttpRequest, found: ActivityKind | None) -> HttpResponse:
    names = ("name", "icon", "colour", "has_due", "has_result")
    initial: dict[str, Any] = {name: getattr(found, name) for name in names} if found else {}
    form = KindForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        design = KindDesign(**form.cleaned_data)
        try:
            write_kind(actor=actor_of(request), design=design, own_kind=found, version=version_of(request))
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:activity_kinds")
    context = {"form": form, "own_kind": found, "version": found.version if found else ""}
    return render(request, "crm/activity_kind.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def kind_order(request: HttpRequest) -> HttpResponse:
    """One place up or down."""
    ids = [row.pk for row in kinds_in_use()]
    moved = access_kind(number_of(request, "kind")).pk
    at = ids.index(moved)
    ids.insert(min(max(at + (-1 if request.POST.get("to") == "up" else 1), 0), len(ids) - 1), ids.pop(at))
    order_kinds(actor=actor_of(request), ids=ids)
    return redirect("crm:activity_kinds")


@screen(MANAGE, methods=("POST",))
def kind_retire(request: HttpRequest, own_kind_id: int) -> HttpResponse:
    """Offer it no longer."""
    retire_kind(actor=actor_of(request), own_kind=access_kind(own_kind_id))
    toast(request, _("It is offered no longer; what was planned keeps it."))
    return redirect("crm:activity_kinds")
