"""The company's tree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.access import may
from infra.kit.errors import Conflict, Invalid
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.access import department_for
from tenants.people.domain.department import (
    create_department,
    delete_department,
    edit_department,
    move_department,
)
from tenants.people.domain.queries import colleagues, department_choices, department_tree
from tenants.people.forms import DepartmentForm
from tenants.people.models.department import subtree_ids
from tenants.people.views.who import me


@screen("people.person.view")
def departments(request: HttpRequest) -> HttpResponse:
    """The tree with heads and head counts; who may, moves branches by mouse, menu or keyboard."""
    context = {
        "tree": department_tree(),
        "choices": department_choices(),
        "manages": may(me(request), "people.department.manage"),
    }
    return render(request, "people/departments.html", context)


@screen("people.person.view")
def chart(request: HttpRequest) -> HttpResponse:
    """The tree as a chart of boxes."""
    return render(request, "people/chart.html", {"tree": department_tree()})


@screen("people.department.manage", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A new department, under `parent` if the address names one."""
    actor = me(request)
    form = DepartmentForm(
        request.POST or None, colleagues=colleagues(), initial={"parent": request.GET.get("parent", "")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = create_department(
                actor=actor, name=form.cleaned_data["name"], parent=form.chosen_parent, head=form.chosen_head
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("“%(name)s” is added.") % {"name": made.name})
            return HttpResponseRedirect(reverse("people:departments"))
    return render(request, "people/department_form.html", {"form": form}, status=400 if form.errors else 200)


@screen("people.department.manage", methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, head and place of a department."""
    actor = me(request)
    department = department_for(actor, pk)
    form = DepartmentForm(
        request.POST or None,
        colleagues=colleagues(),
        without=subtree_ids({pk}),
        initial={
            "name": department.name,
            "head": department.head_id or "",
            "parent": department.parent_id or "",
            "version": department.version,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = edit_department(
                actor=actor,
                department=department,
                name=form.cleaned_data["name"],
                head=form.chosen_head,
                version=form.cleaned_data["version"],
            )
            if (form.chosen_parent.id if form.chosen_parent else None) != changed.parent_id:
                move_department(actor=actor, department=changed, parent=form.chosen_parent)
        except (Invalid, Conflict) as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return HttpResponseRedirect(reverse("people:departments"))
    context = {"form": form, "department": department}
    return render(request, "people/department_form.html", context, status=400 if form.errors else 200)


@screen("people.department.manage", methods=("POST",))
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Hang a department elsewhere: `parent` ("" for the company), in front of `before` if given."""
    actor = me(request)
    department = department_for(actor, pk)
    parent, before = (request.POST.get(name, "") for name in ("parent", "before"))
    move_department(
        actor=actor,
        department=department,
        parent=department_for(actor, whole_number(parent) or 0) if parent else None,
        before=department_for(actor, whole_number(before) or 0) if before else None,
    )
    toast(request, _("“%(name)s” is moved.") % {"name": department.name})
    if request.headers.get("HX-Request"):
        return departments_tree(request)
    return HttpResponseRedirect(reverse("people:departments"))


def departments_tree(request: HttpRequest) -> HttpResponse:
    """The tree alone, for the page that is open. Behind `move`'s gate."""
    context = {"tree": department_tree(), "choices": department_choices(), "manages": True}
    return render(request, "people/parts/tree.html", context)


@screen("people.department.manage", methods=("POST",))
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Dissolve a department."""
    actor = me(request)
    department = department_for(actor, pk)
    name = department.name
    moved = delete_department(actor=actor, department=department)
    text = ngettext(
        "“%(name)s” is dissolved; %(count)d person passed to the department above.",
        "“%(name)s” is dissolved; %(count)d people passed to the department above.",
        moved,
    )
    toast(request, text % {"name": name, "count": moved})
    return HttpResponseRedirect(reverse("people:departments"))
