"""Settings of CRM: pipelines, stages, and who gets new leads."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.crm.domain import pipeline as verbs
from modules.crm.domain.access import access_pipeline, access_stage, pipelines
from modules.crm.domain.field_rights import limited_roles
from modules.crm.domain.kinds import kind_named, kinds
from modules.crm.domain.lost_reason import access_reason, add_reason, reasons, retire_reason
from modules.crm.domain.pipeline import MANAGE, RIGHT_VERBS
from modules.crm.domain.rotation import members, set_rotation
from modules.crm.forms import PipelineForm, ReasonForm, RotationForm, StageForm, move_form


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, request.user)


def _form_page(request: HttpRequest, form: forms.Form, title: str, text: str = "", *, submit: str = "") -> HttpResponse:
    context = {"form": form, "heading": title, "text": text, "submit": submit or _("Save")}
    return render(request, "crm/settings_form.html", context, status=422 if form.errors else 200)


@screen(MANAGE)
def pipeline_list(request: HttpRequest) -> HttpResponse:
    """Pipelines with their stages, the plan's limit, and the rotation."""
    groups = [(kind.plural, pipelines(kind)) for kind in kinds().values() if kind.staged]
    context = {"groups": groups, "reasons": reasons(), "usage": gates.usage("crm.pipelines"), "members": members()}
    return render(request, "crm/pipelines.html", context)


@screen(MANAGE, methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A further pipeline."""
    form = PipelineForm(request.POST or None, new=True)
    if request.method == "POST" and form.is_valid():
        kind = kind_named(form.cleaned_data["kind"])
        made = verbs.create_pipeline(actor=_actor(request), name=form.cleaned_data["name"], kind=kind)
        toast(request, _("The pipeline is there, with the usual stages."))
        return redirect("crm:pipeline", made.pk)
    return _form_page(request, form, _("New pipeline"))


@screen(MANAGE, methods=("GET", "POST"))
def pipeline(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """One pipeline: its name and its stages in order."""
    found = access_pipeline(pipeline_id)
    form = PipelineForm(request.POST or None, initial={"name": found.title})
    if request.method == "POST" and form.is_valid():
        verbs.rename_pipeline(actor=_actor(request), pipeline=found, name=form.cleaned_data["name"])
        toast(request, _("Saved."))
        return redirect("crm:pipeline", pipeline_id)
    context = {"pipeline": found, "stages": list(found.stages.all()), "form": form}
    return render(request, "crm/pipeline.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def order(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """Take a stage one place up or down."""
    found = access_pipeline(pipeline_id)
    ids = [stage.pk for stage in found.stages.all()]
    stage = access_stage(_number(request.POST.get("stage", "")))
    if stage.pk in ids:
        place = ids.index(stage.pk)
        ids.remove(stage.pk)
        ids.insert(max(0, place + (-1 if request.POST.get("to") == "up" else 1)), stage.pk)
        verbs.order_stages(actor=_actor(request), pipeline=found, stage_ids=ids)
    return redirect("crm:pipeline", pipeline_id)


@screen(MANAGE, methods=("POST",))
def delete(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """Remove an empty pipeline."""
    verbs.delete_pipeline(actor=_actor(request), pipeline=access_pipeline(pipeline_id))
    toast(request, _("The pipeline is removed."))
    return redirect("crm:pipelines")


@screen(MANAGE, methods=("GET", "POST"))
def stage_add(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """A further stage."""
    found = access_pipeline(pipeline_id)
    form = StageForm(request.POST or None, of=kind_named(found.kind))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.add_stage(actor=_actor(request), pipeline=found, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("The stage is there."))
            return redirect("crm:pipeline", pipeline_id)
    return _form_page(request, form, _("New stage"))


@screen(MANAGE, methods=("GET", "POST"))
def stage(request: HttpRequest, stage_id: int) -> HttpResponse:
    """A stage's name, meaning and colour."""
    found = access_stage(stage_id)
    initial = {
        "name": found.title,
        "kind": found.kind,
        "colour": found.colour,
        "probability": found.probability,
        "required": found.required,
    }
    form = StageForm(request.POST or None, initial=initial, of=kind_named(found.pipeline.kind))
    if request.method == "POST" and form.is_valid():
        verbs.edit_stage(actor=_actor(request), stage=found, **form.cleaned_data)
        toast(request, _("Saved."))
        return redirect("crm:pipeline", found.pipeline_id)
    return _form_page(request, form, found.title)


@screen(MANAGE, methods=("GET", "POST"))
def stage_delete(request: HttpRequest, stage_id: int) -> HttpResponse:
    """Remove a stage, saying where its leads go."""
    found = access_stage(stage_id)
    form = move_form(kind_named(found.pipeline.kind), besides=found.pk)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        target = access_stage(int(form.cleaned_data["stage"]))
        moved = verbs.delete_stage(actor=_actor(request), stage=found, move_to=target)
        toast(request, _("The stage is removed; records moved: %(count)s.") % {"count": moved})
        return redirect("crm:pipeline", found.pipeline_id)
    title = _("Remove “%(stage)s”") % {"stage": found.title}
    return _form_page(request, form, title, _("Where do its records go?"), submit=_("Remove the stage"))


@screen(MANAGE, methods=("GET", "POST"))
def rotation(request: HttpRequest) -> HttpResponse:
    """Who takes leads from outside, in turn."""
    initial = {"people": [str(member.person_id) for member in members()]}
    form = RotationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_rotation(actor=_actor(request), person_ids=[int(pk) for pk in form.cleaned_data["people"]])
        toast(request, _("Saved."))
        return redirect("crm:pipelines")
    return _form_page(request, form, _("Who gets new leads"), _("Nobody chosen means: an owner of the portal."))


@screen(MANAGE, methods=("GET", "POST"))
def reason_list(request: HttpRequest) -> HttpResponse:
    """Reasons of loss."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_reason(actor=_actor(request), name=form.cleaned_data["name"])
        toast(request, _("Saved."))
        return redirect("crm:reasons")
    return render(request, "crm/reasons.html", {"form": form, "reasons": reasons()}, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def reason_retire(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Offer a reason no longer."""
    retire_reason(actor=_actor(request), reason=access_reason(reason_id))
    toast(request, _("It is offered no longer; records keep it."))
    return redirect("crm:reasons")


@screen(MANAGE, methods=("GET", "POST"))
def rights(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """How far roles reach in this pipeline, or in one stage of it, where that differs from their rights elsewhere."""
    found = access_pipeline(pipeline_id)
    stages = list(found.stages.all())
    stage = next((one for one in stages if str(one.pk) == request.GET.get("stage")), None)
    roles = limited_roles()
    if request.method == "POST":
        chosen: dict[tuple[int, str], int] = {}
        for role in roles:
            for verb in RIGHT_VERBS:
                typed = request.POST.get(f"{verb}_{role.pk}", "")
                if typed in {str(int(scope)) for scope in Scope}:
                    chosen[role.pk, verb] = int(typed)
        verbs.set_pipeline_rights(actor=_actor(request), pipeline=found, rights=chosen, stage=stage)
        toast(request, _("Saved."))
        return redirect(request.get_full_path())
    kept = verbs.rights_in(found, stage)
    titles = {
        "view": _("See"),
        "create": pgettext("a right", "Create"),
        "edit": _("Change"),
        "delete": pgettext("a right", "Delete"),
        "export": pgettext("a right", "Export"),
    }
    scopes = {
        Scope.NONE: _("none"),
        Scope.OWN: _("own"),
        Scope.DEPARTMENT: _("of the department"),
        Scope.BRANCH: _("of the department and below"),
        Scope.ALL: _("all"),
    }
    choices = {verb: [(int(scope), scopes[scope]) for scope in verbs.scopes_of(verb)] for verb in RIGHT_VERBS}
    rows = [
        {
            "role": role,
            "cells": [
                (f"{verb}_{role.pk}", titles[verb], kept.get((role.pk, verb)), choices[verb]) for verb in RIGHT_VERBS
            ],
        }
        for role in roles
    ]
    told = set(found.rights.exclude(stage=None).values_list("stage_id", flat=True))
    tabs = [
        {"title": _("The whole pipeline"), "url": request.path, "active": stage is None},
        *(
            {
                "title": f"{one.title} •" if one.pk in told else one.title,
                "url": f"{request.path}?stage={one.pk}",
                "active": one == stage,
            }
            for one in stages
        ),
    ]
    context = {
        "pipeline": found,
        "stage": stage,
        "tabs": tabs,
        "rows": rows,
        "heads": list(titles.values()),
    }
    return render(request, "crm/pipeline_rights.html", context)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and 0 < len(typed) < 19):
        raise Invalid
    return int(typed)
