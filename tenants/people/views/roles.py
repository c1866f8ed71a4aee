"""Roles and what they may do."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import Conflict, Denied, Invalid
from infra.kit.numbers import whole_number
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.access import may_handle, role_for
from tenants.people.domain.queries import roles_with_counts
from tenants.people.domain.role import create_role, delete_role, edit_role
from tenants.people.forms import NewRoleForm
from tenants.people.models import Role, User
from tenants.people.scopes import SCOPE_TITLES
from tenants.people.views.who import me


@screen("people.role.manage")
def roles(request: HttpRequest) -> HttpResponse:
    """All roles with how many people hold each."""
    return render(request, "people/roles.html", {"roles": roles_with_counts()})


@screen("people.role.manage", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A new role; its rights are set on the page that follows."""
    form = NewRoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            role = create_role(actor=me(request), **form.cleaned_data)
        except (Invalid, Denied) as error:
            form_errors(form, error)
        else:
            return HttpResponseRedirect(reverse("people:role", args=[role.pk]))
    return render(request, "people/role_add.html", {"form": form}, status=400 if form.errors else 200)


@screen("people.role.manage", methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor: every permission that a module declares, with the scopes it knows."""
    actor = me(request)
    role = role_for(actor, pk)
    errors: list[str] = []
    chosen: dict[str, Scope] = {}
    if request.method == "POST":
        chosen = _chosen(request)
        now = {declared.key: role.scope(declared.key) for declared in registry.permissions_here()}
        try:
            edit_role(
                actor=actor,
                role=role,
                name=request.POST.get("name", role.name),
                description=request.POST.get("description", ""),
                permissions={**now, **chosen},
                version=whole_number(request.POST.get("version")),
            )
        except (Invalid, Conflict, Denied) as error:
            errors = [str(text) for texts in error.fields.values() for text in texts] or [str(error)]
        else:
            toast(request, _("Saved. It holds from the next click of everyone with this role."))
            return HttpResponseRedirect(request.path)
    context = {
        "role": role,
        "name": request.POST.get("name", role.title),
        "description": request.POST.get("description", role.description),
        "groups": _groups(role, chosen),
        "fixed": role.base == Role.Base.OWNER or actor.role_id == role.pk or not _may_edit(actor, role),
        "own": actor.role_id == role.pk,
        "people": role.people.filter(is_active=True).count(),
        "errors": errors,
    }
    return render(request, "people/role.html", context, status=400 if errors else 200)


@screen("people.role.manage", methods=("POST",))
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a role."""
    actor = me(request)
    role = role_for(actor, pk)
    title = role.title
    delete_role(actor=actor, role=role)
    toast(request, _("The role “%(name)s” is gone.") % {"name": title})
    return HttpResponseRedirect(reverse("people:roles"))


def _may_edit(actor: User, role: Role) -> bool:
    return may_handle(actor, role)


def _chosen(request: HttpRequest) -> dict[str, Scope]:
    """What was posted for permissions that exist; a value that is no scope is refused."""
    chosen = {}
    for declared in registry.permissions_here():
        value = request.POST.get(f"scope:{declared.key}")
        if value is not None:
            if value not in {str(int(scope)) for scope in Scope}:
                raise Invalid
            chosen[declared.key] = Scope(int(value))
    return chosen


def _groups(role: Role, chosen: dict[str, Scope]) -> list[dict[str, Any]]:
    """Permissions by module, each with its choices."""
    groups = []
    shown = [item for item in registry.permissions_here() if not item.operator_only or current_portal().is_operator]
    for slug, declared in groupby(shown, key=lambda permission: permission.key.split(".")[0]):
        rows = [
            {
                "key": permission.key,
                "title": permission.title,
                "scope": chosen.get(permission.key, role.scope(permission.key)),
                "choices": [(scope, SCOPE_TITLES[scope]) for scope in sorted(permission.scopes)],
            }
            for permission in declared
        ]
        groups.append({"title": registry.modules[slug].title, "icon": registry.modules[slug].icon, "rows": rows})
    return groups
