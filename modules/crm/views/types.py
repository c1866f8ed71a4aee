"""Settings of CRM: own objects, the kinds of records that the company makes for itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from infra.kit import gates
from infra.kit.access import may
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from modules.crm.domain import item_type as verbs
from modules.crm.domain.field_rights import limited_roles
from modules.crm.domain.item_presets import PRESETS
from modules.crm.domain.item_rights import permissions_of, set_type_rights
from modules.crm.domain.item_type import LIMIT, MANAGE, TypeDesign, access_type
from modules.crm.domain.kinds import kind_named
from modules.crm.models import ItemType, Stage
from modules.crm.views.asking import actor_of, number_of, version_of
from tenants.people.scopes import SCOPE_TITLES

_LINKS = {
    "company": gettext_lazy("a company"),
    "contact": gettext_lazy("a contact"),
    "deal": gettext_lazy("a deal"),
    "lead": gettext_lazy("a lead"),
}


class TypeForm(forms.Form):
    """A kind of records."""

    name = forms.CharField(
        label=gettext_lazy("One of them is called"), max_length=60, help_text=gettext_lazy("Claim, contract, vehicle.")
    )
    plural = forms.CharField(
        label=gettext_lazy("Many of them are called"),
        max_length=60,
        help_text=gettext_lazy("Claims, contracts, vehicles: the title of the list and of the menu."),
    )
    icon = forms.ChoiceField(label=gettext_lazy("Icon"), widget=forms.RadioSelect, initial="box")
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Stage.Colour.choices, initial=Stage.Colour.ACCENT)
    links = forms.MultipleChoiceField(
        label=pgettext_lazy("a record is linked to", "Belongs to"),
        choices=list(_LINKS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=["company", "contact"],
    )
    staged = forms.BooleanField(
        label=gettext_lazy("Goes through stages"),
        help_text=gettext_lazy("With a board, and stages that you arrange."),
        required=False,
        initial=True,
    )
    with_amount = forms.BooleanField(label=gettext_lazy("Has an amount"), required=False)
    with_dates = forms.BooleanField(
        label=gettext_lazy("Has a beginning and an end"),
        help_text=gettext_lazy("With a calendar."),
        required=False,
    )
    numbered = forms.BooleanField(
        label=gettext_lazy("Is numbered"),
        help_text=gettext_lazy("Every record gets the next number; a title is then not needed."),
        required=False,
    )
    before_number = forms.CharField(label=gettext_lazy("Before the number"), max_length=10, required=False)
    pinned = forms.BooleanField(
        label=gettext_lazy("In everybody's menu"),
        help_text=gettext_lazy("Otherwise it is under “More”, and whoever works with it takes it into the menu."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "icon", verbs.ICONS.items())

    def design(self) -> TypeDesign:
        """What was typed."""
        values = dict(self.cleaned_data)
        return TypeDesign(prefix=values.pop("before_number"), **values)


def _initial(design: TypeDesign) -> dict[str, Any]:
    return {**vars(design), "before_number": design.prefix}


def _tell(form: TypeForm, error: Invalid) -> None:
    if "prefix" in error.fields:
        error.fields = {**error.fields, "before_number": error.fields["prefix"]}
    form_errors(form, error)


@screen(MANAGE)
def type_list(request: HttpRequest) -> HttpResponse:
    """The kinds that the portal has made, those to begin from, and those in the trash."""
    context = {
        "types": [{"row": row, "kind": kind_named(f"item_{row.pk}")} for row in verbs.type_rows()],
        "presets": list(PRESETS.values()),
        "deleted": verbs.deleted_types(),
        "days": verbs.KEPT.days,
        "usage": gates.usage(LIMIT),
    }
    return render(request, "crm/types.html", context)


@screen(MANAGE, methods=("POST",))
def type_order(request: HttpRequest) -> HttpResponse:
    """One place up or down."""
    ids = [row.pk for row in verbs.type_rows()]
    moved = access_type(number_of(request, "type")).pk
    at = ids.index(moved)
    ids.insert(min(max(at + (-1 if request.POST.get("to") == "up" else 1), 0), len(ids) - 1), ids.pop(at))
    verbs.order_types(actor=actor_of(request), ids=ids)
    return redirect("crm:types")


@screen(MANAGE, methods=("GET", "POST"))
def type_add(request: HttpRequest) -> HttpResponse:
    """A new kind, from nothing or from one of those to begin from (`?preset=claim`)."""
    preset = PRESETS.get(request.GET.get("preset", ""))
    initial = _initial(verbs.design_from(preset)) if preset else {}
    form = TypeForm(request.POST or None, initial={**initial, "pinned": True})
    if request.method == "POST" and form.is_valid():
        try:
            row = verbs.create_type(actor=actor_of(request), design=form.design(), preset=preset.key if preset else "")
        except Invalid as error:
            _tell(form, error)
        else:
            toast(request, _("“%(name)s” is ready to be used.") % {"name": row.plural})
            return redirect("crm:type", row.pk)
    context = {"form": form, "preset": preset}
    return render(request, "crm/type_add.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("GET", "POST"))
def type_page(request: HttpRequest, type_id: int) -> HttpResponse:
    """One kind: what it is, and the ways to its fields, stages, rights and card."""
    row = access_type(type_id)
    form = TypeForm(request.POST or None, initial=_initial(verbs.design_of(row)))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.edit_type(actor=actor_of(request), row=row, design=form.design(), version=version_of(request))
        except Invalid as error:
            _tell(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:type", row.pk)
    kind = kind_named(f"item_{row.pk}")
    actor = actor_of(request)
    context = {
        "row": row,
        "kind": kind,
        "form": form,
        "pipelines": verbs.pipelines_of(row) if row.staged and may(actor, "crm.pipeline.manage") else [],
        "may_fields": may(actor, "crm.field.manage"),
        "may_roles": may(actor, "people.role.manage", Scope.ALL),
    }
    return render(request, "crm/type.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("GET", "POST"))
def type_rights(request: HttpRequest, type_id: int) -> HttpResponse:
    """Who may do what with records of a kind, role by role."""
    row = access_type(type_id)
    kind = kind_named(f"item_{row.pk}")
    permissions, roles = permissions_of(kind), limited_roles()
    if request.method == "POST":
        chosen = {
            role.pk: {
                item.key: Scope(int(typed))
                for item in permissions
                if (typed := request.POST.get(f"{item.key}_{role.pk}", "")) in {str(int(one)) for one in item.scopes}
            }
            for role in roles
        }
        set_type_rights(actor=actor_of(request), kind=kind, rights=chosen)
        toast(request, _("Saved. It holds from the next click of everyone with this role."))
        return redirect("crm:type", row.pk)
    heads = [_("See"), _("Create"), _("Change"), pgettext("a right", "Delete"), _("Export")]
    own = getattr(actor_of(request), "role_id", None)
    rows = [
        {
            "role": role,
            "own": role.pk == own,
            "cells": [
                {
                    "name": f"{item.key}_{role.pk}",
                    "title": head,
                    "scope": role.scope(item.key),
                    "choices": [(scope, SCOPE_TITLES[scope]) for scope in item.scopes],
                }
                for head, item in zip(heads, permissions, strict=True)
            ],
        }
        for role in roles
    ]
    return render(request, "crm/type_rights.html", {"row": row, "rows": rows, "heads": heads})


@screen(MANAGE, methods=("GET", "POST"))
def type_delete(request: HttpRequest, type_id: int) -> HttpResponse:
    """Say what goes, then put the kind into the trash."""
    row = access_type(type_id)
    if request.method == "POST":
        verbs.delete_type(actor=actor_of(request), row=row, version=version_of(request))
        toast(request, _("“%(name)s” is in the trash for 30 days.") % {"name": row.plural})
        return redirect("crm:types")
    context = {"row": row, "contents": verbs.contents_of(row), "days": verbs.KEPT.days, "most": verbs.MOST_COUNTED}
    return render(request, "crm/type_delete.html", context)


@screen(MANAGE, methods=("POST",))
def type_restore(request: HttpRequest, type_id: int) -> HttpResponse:
    """Take a kind out of the trash."""
    row: ItemType = verbs.restore_type(actor=actor_of(request), row=access_type(type_id, trashed=True))
    toast(request, _("“%(title)s” is back.") % {"title": row.plural})
    return redirect("crm:type", row.pk)
