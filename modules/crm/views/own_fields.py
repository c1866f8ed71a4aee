"""Settings of CRM: own fields, who sees which field, and how cards are arranged."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.access import may, require_permission
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from modules.crm.domain.custom_field import (
    FieldDesign,
    access_field,
    add_field,
    bring_back_field,
    design_of,
    edit_field,
    numbers_of,
    order_fields,
    own_fields,
    retire_field,
)
from modules.crm.domain.field_rights import MANAGE, limited_roles, rights_of, seen_fields, set_field_rights
from modules.crm.domain.fields import SECTIONS
from modules.crm.domain.kinds import fields_of, kind_named, kinds
from modules.crm.domain.layout import arrange, forget_layout, layout_for, layout_of
from modules.crm.models import CustomField, FieldRight
from modules.crm.views.asking import actor_of, optional_number


class FieldForm(forms.Form):
    """A field; what a type does not need is left out by the page."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=CustomField.Type.choices)
    options = forms.CharField(
        label=pgettext_lazy("to choose from", "Answers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For choices: one on a line."),
    )
    formula = forms.CharField(label=gettext_lazy("Formula"), max_length=500, required=False)
    places = forms.IntegerField(
        label=gettext_lazy("Digits behind the point"), min_value=0, max_value=6, initial=2, required=False
    )
    links = forms.MultipleChoiceField(
        label=gettext_lazy("Links to"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    multiple = forms.BooleanField(label=gettext_lazy("Several people, links or files"), required=False)
    help = forms.CharField(label=gettext_lazy("Hint"), max_length=200, required=False)
    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)
    in_list = forms.BooleanField(label=gettext_lazy("Show as a column of the list"), required=False)
    in_filter = forms.BooleanField(label=gettext_lazy("Offer in the filter"), required=False, initial=True)
    in_search = forms.BooleanField(label=gettext_lazy("Find by search"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "links", [(kind.key, kind.plural) for kind in kinds().values()])

    def design(self, row: CustomField | None = None) -> FieldDesign:
        """What was typed; answers that were there keep their ids by name."""
        values = dict(self.cleaned_data)
        known = {option.name: option.pk for option in row.options.all()} if row is not None else {}
        lines = [line.strip() for line in values.pop("options").splitlines() if line.strip()]
        values["options"] = [(known[line], line) if line in known else line for line in dict.fromkeys(lines)]
        values["places"] = 2 if values["places"] is None else values["places"]
        return FieldDesign(**values)


@screen(MANAGE)
def fields(request: HttpRequest, kind_key: str) -> HttpResponse:
    """The fields of a kind: own ones, built-in ones, retired ones."""
    kind = kind_named(kind_key)
    rights = {field: len(roles) for field, roles in rights_of(kind).items()}
    context = {
        "kind": kind,
        "tabs": [
            {"title": item.plural, "url": reverse("crm:fields", args=[item.key]), "active": item.key == kind.key}
            for item in kinds().values()
        ],
        "own": own_fields(kind),
        "retired": own_fields(kind, retired=True),
        "built_in": [{"item": item, "rights": rights.get(item.key, 0)} for item in kind.fields],
    }
    return render(request, "crm/fields.html", context)


@screen(MANAGE, methods=("GET", "POST"))
def field_add(request: HttpRequest, kind_key: str) -> HttpResponse:
    """A further field."""
    kind = kind_named(kind_key)
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_field(actor=actor_of(request), kind=kind, design=form.design())
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("The field is on every card of this kind now."))
            return redirect("crm:fields", kind.key)
    context = {"form": form, "kind": kind, "heading": _("New field"), "numbers": numbers_of(kind)}
    return render(request, "crm/field.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("GET", "POST"))
def field(request: HttpRequest, field_id: int) -> HttpResponse:
    """Change a field."""
    row = access_field(field_id)
    kind, design = kind_named(row.kind), design_of(row)
    names = [option[1] if isinstance(option, tuple) else option for option in design.options]
    initial = {**vars(design), "options": "\n".join(names)}
    form = FieldForm(
        {**request.POST.dict(), **_lists(request), "type": row.type} if request.POST else None, initial=initial
    )
    form.fields["type"].disabled = True
    form.initial["type"] = row.type
    if request.method == "POST" and form.is_valid():
        try:
            edit_field(actor=actor_of(request), row=row, design=form.design(row))
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:fields", kind.key)
    context = {"form": form, "kind": kind, "row": row, "heading": row.name, "numbers": numbers_of(kind)}
    return render(request, "crm/field.html", context, status=422 if form.errors else 200)


def _lists(request: HttpRequest) -> dict[str, Any]:
    return {"links": request.POST.getlist("links")}


@screen(MANAGE, methods=("POST",))
def field_retire(request: HttpRequest, field_id: int) -> HttpResponse:
    """Take a field out of use, or into use again."""
    row = access_field(field_id)
    if row.archived_at is None:
        retire_field(actor=actor_of(request), row=row)
        toast(request, _("The field is retired; its values are kept."))
    else:
        bring_back_field(actor=actor_of(request), row=row)
        toast(request, _("The field is back."))
    return redirect("crm:fields", row.kind)


@screen(MANAGE, methods=("POST",))
def field_order(request: HttpRequest, kind_key: str) -> HttpResponse:
    """Put own fields into another order."""
    kind = kind_named(kind_key)
    ids = [pk for typed in request.POST.getlist("field") if (pk := optional_number(typed)) is not None]
    order_fields(actor=actor_of(request), kind=kind, ids=ids)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect("crm:fields", kind.key)


@screen(MANAGE, methods=("GET", "POST"))
def field_rights(request: HttpRequest, kind_key: str, key: str) -> HttpResponse:
    """Who may not see or not change a field."""
    kind = kind_named(kind_key)
    item = next((one for one in fields_of(kind) if one.key == key), None)
    if item is None:
        raise Invalid
    roles = limited_roles()
    kept = rights_of(kind).get(key, {})
    if request.method == "POST":
        rights = {role.pk: level for role in roles if (level := request.POST.get(f"role_{role.pk}", ""))}
        set_field_rights(actor=actor_of(request), kind=kind, field=key, rights=rights)
        toast(request, _("Saved."))
        return redirect("crm:fields", kind.key)
    context = {
        "kind": kind,
        "item": item,
        "rows": [(role, kept.get(role.pk, "")) for role in roles],
        "levels": FieldRight.Level.choices,
    }
    return render(request, "crm/field_rights.html", context)


@screen(None, methods=("GET", "POST"))
def layout(request: HttpRequest, kind_key: str) -> HttpResponse:
    """Arrange the card of a kind by drag or by buttons: for oneself, for a role, for all."""
    actor, kind = actor_of(request), kind_named(kind_key)
    may_manage = may(actor, MANAGE)
    if not may_manage:
        require_permission(actor, kind.permission("view"))
    whom = request.POST.get("whom") or request.GET.get("whom", "me")
    role_id = optional_number(whom.removeprefix("role-")) if whom.startswith("role-") else None
    for_all = whom == "all"
    items = seen_fields(actor, kind)
    if request.method == "POST":
        if "reset" in request.POST:
            forget_layout(actor=actor, kind=kind, role_id=role_id, for_all=for_all)
        else:
            sections, left_out = _sections(request)
            arrange(actor=actor, kind=kind, sections=sections, left_out=left_out, role_id=role_id, for_all=for_all)
        toast(request, _("The card is arranged."))
        return redirect(f"{reverse('crm:layout', args=[kind.key])}?whom={whom}")
    if whom == "me" or not may_manage:
        sections_now = layout_for(actor, kind, items)
    else:
        sections_now = layout_of(kind, items, role_id=role_id, person_id=None)
    titles = {item.key: item.title for item in items}
    placed = {key for section in sections_now for key in section.fields}
    context = {
        "kind": kind,
        "sections": [
            {
                "name": section.key or section.title,
                "title": section.title or SECTIONS.get(section.key, ""),
                "fields": [(key, titles[key]) for key in section.fields if key in titles],
            }
            for section in sections_now
        ],
        "left_out": [(item.key, item.title) for item in items if item.key not in placed],
        "whom": whom,
        "role_id": role_id,
        "roles": limited_roles() if may_manage else [],
        "may_manage": may_manage,
        "tabs": [
            {"title": item.plural, "url": reverse("crm:layout", args=[item.key]), "active": item.key == kind.key}
            for item in kinds().values()
            if may(actor, item.permission("view"))
        ],
    }
    return render(request, "crm/layout.html", context)


def _sections(request: HttpRequest) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The posted order: `section` lines and `field` lines as they stand on the page, after `left` what is left out."""
    sections: list[tuple[str, list[str]]] = []
    left_out: list[str] = []
    leaving = False
    for line in request.POST.getlist("line")[:400]:
        what, _colon, name = line.partition(":")
        if what == "section":
            sections.append((name, []))
        elif what == "left":
            leaving = True
        elif what == "field" and leaving:
            left_out.append(name)
        elif what == "field" and sections:
            sections[-1][1].append(name)
    new = request.POST.get("new_section", "").strip()
    if new:
        sections.append((new, []))
    return sections, left_out
