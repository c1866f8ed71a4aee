"""Changes made on a lead's card."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.forms import form_errors
from modules.crm.domain.access import DELETE, EDIT, VIEW, access_lead, access_stage, access_trashed_lead
from modules.crm.domain.activity import comment_on
from modules.crm.domain.lead import assign_lead, delete_lead, edit_lead, move_lead, restore_lead
from modules.crm.forms import SECTIONS, values_of


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, request.user)


def _version(request: HttpRequest) -> int | None:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    if not (typed.isascii() and typed.isdigit() and 0 < len(typed) < 19):
        raise Invalid(fields={name: [_("Choose one of the list.")]})
    return int(typed)


def _card(lead_id: int) -> str:
    return reverse("crm:lead", args=[lead_id])


@screen(EDIT, methods=("GET", "POST"))
def edit(request: HttpRequest, lead_id: int, section: str) -> HttpResponse:
    """A section of the card as a form in place; saved, the card shows itself again."""
    if section not in SECTIONS:
        raise NotFound
    lead = access_lead(_actor(request), lead_id)
    form = SECTIONS[section](request.POST or None, initial=values_of(lead, section))
    if request.method == "POST" and form.is_valid():
        try:
            edit_lead(actor=_actor(request), lead=lead, changes=form.cleaned_data, version=_version(request))
        except Invalid as error:
            form_errors(form, error)
        else:
            return panels.refresh(request, toast=_("Saved."), fallback=_card(lead_id))
    version = _version(request) or lead.version
    context = {"lead": lead, "form": form, "section": section, "version": version}
    template = "crm/parts/edit.html" if request.headers.get("HX-Request") else "crm/edit.html"
    return render(request, template, context, status=422 if form.errors else 200)


@screen(EDIT, methods=("POST",))
def move(request: HttpRequest, lead_id: int) -> HttpResponse:
    """To another stage."""
    lead = access_lead(_actor(request), lead_id)
    stage = access_stage(_number(request, "stage"))
    move_lead(actor=_actor(request), lead=lead, stage=stage, version=_version(request))
    toast = _("Now in “%(stage)s”.") % {"stage": stage.title}
    return panels.refresh(request, toast=toast, fallback=_card(lead_id))


@screen(EDIT, methods=("POST",))
def assign(request: HttpRequest, lead_id: int) -> HttpResponse:
    """To another person."""
    lead = access_lead(_actor(request), lead_id)
    person_id = _number(request, "responsible")
    changed = assign_lead(actor=_actor(request), lead=lead, responsible_id=person_id, version=_version(request))
    who = changed.responsible.display_name if changed.responsible else ""
    toast = _("%(who)s is responsible now.") % {"who": who}
    try:
        access_lead(_actor(request), lead_id)
    except NotFound:
        return panels.close(request, toast=toast, fallback=reverse("crm:leads"))
    return panels.refresh(request, toast=toast, fallback=_card(lead_id))


@screen(VIEW, methods=("POST",))
def comment(request: HttpRequest, lead_id: int) -> HttpResponse:
    """A comment on the timeline."""
    lead = access_lead(_actor(request), lead_id)
    comment_on(actor=_actor(request), record=lead, text=request.POST.get("text", ""))
    return panels.refresh(request, fallback=_card(lead_id))


@screen(DELETE, methods=("POST",))
def delete(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Into the trash."""
    lead = access_lead(_actor(request), lead_id)
    delete_lead(actor=_actor(request), lead=lead, version=_version(request))
    toast = _("“%(title)s” is in the trash for 30 days.") % {"title": lead.title}
    return panels.close(request, toast=toast, fallback=reverse("crm:leads"))


@screen(DELETE, methods=("POST",))
def restore(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Out of the trash."""
    lead = restore_lead(actor=_actor(request), lead=access_trashed_lead(_actor(request), lead_id))
    toast = _("“%(title)s” is back.") % {"title": lead.title}
    return panels.refresh(request, toast=toast, fallback=reverse("crm:trash"))
