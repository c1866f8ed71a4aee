"""A lead made by hand, with duplicates shown while it is typed."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.access import Actor, may
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.access import CREATE, EDIT, access_stage
from modules.crm.domain.contact_points import read_points
from modules.crm.domain.duplicates import Probe, find_duplicates
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.forms import NewLeadForm


@screen(CREATE, methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """The form; saved, it leads to the new card."""
    actor = cast(Actor, request.user)
    may_assign = may(actor, EDIT, Scope.ALL)
    initial = {"responsible": str(actor.id), "stage": request.GET.get("stage", "")}
    form = NewLeadForm(request.POST or None, initial=initial, may_assign=may_assign)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        responsible = values.get("responsible")
        try:
            lead = create_lead(
                actor=actor,
                new=NewLead(
                    title=values["title"],
                    person_name=values["person_name"],
                    company_name=values["company_name"],
                    phones=[values["phone"]],
                    emails=[values["email"]],
                    stage=access_stage(int(values["stage"])),
                    source=values["source"],
                    amount=values["amount"],
                    currency=values["currency"],
                    responsible_id=int(responsible) if responsible else None,
                    comment=values["comment"],
                ),
            )
        except Invalid as error:
            form_errors(form, Invalid(fields=_by_form_field(error)))
        else:
            toast(request, _("“%(title)s” is in the list.") % {"title": lead.title})
            target = reverse("crm:lead", args=[lead.pk])
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            return redirect(target)
    status = 422 if form.errors else 200
    return render_panel(request, "crm/new.html", {"form": form}, back=reverse("crm:leads"), status=status)


@screen(CREATE)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Leads that share the phone or e-mail typed so far."""
    actor = cast(Actor, request.user)
    points = read_points([request.GET.get("phone", "")[:254]], [request.GET.get("email", "")[:254]], strict=False)
    found = find_duplicates(actor=actor, probe=Probe(values=[point.value for point in points]), limit=3)
    return render(request, "crm/parts/duplicates.html", {"duplicates": found})


def _by_form_field(error: Invalid) -> dict[str, list[str]]:
    names = {"phones": "phone", "emails": "email"}
    return {names.get(name, name): texts for name, texts in error.fields.items()}
