"""What who manages people does to a person's access: role, department, sessions, deactivation, ownership."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.domain.access import grantable_roles, person_for, require_can_manage
from tenants.people.domain.person import (
    change_role,
    deactivate_person,
    place_person,
    reactivate_person,
    transfer_ownership,
)
from tenants.people.domain.sessions import end_sessions
from tenants.people.forms import DepartmentChoiceForm, RoleChoiceForm
from tenants.people.views.who import me

_manage = screen("people.person.manage", methods=("POST",))


@_manage
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give another role."""
    actor = me(request)
    person = person_for(actor, pk)
    form = RoleChoiceForm(request.POST, roles=grantable_roles(actor))
    if not form.is_valid():
        raise Invalid(fields={name: [str(text) for text in texts] for name, texts in form.errors.items()})
    changed = change_role(actor=actor, person=person, role=form.chosen_role)
    return _back(
        request, pk, _("%(name)s is now: %(role)s.") % {"name": changed.display_name, "role": changed.role.title}
    )


@_manage
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """Move to another department."""
    actor = me(request)
    person = person_for(actor, pk)
    form = DepartmentChoiceForm(request.POST, roles=[])
    if not form.is_valid():
        raise Invalid(fields={name: [str(text) for text in texts] for name, texts in form.errors.items()})
    place_person(actor=actor, person=person, department=form.chosen_department)
    return _back(request, pk, _("Moved."))


@_manage
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Take all access away."""
    actor = me(request)
    person = deactivate_person(actor=actor, person=person_for(actor, pk))
    return _back(
        request, pk, _("%(name)s is signed out everywhere and cannot come in.") % {"name": person.display_name}
    )


@_manage
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give access back."""
    actor = me(request)
    person = reactivate_person(actor=actor, person=person_for(actor, pk))
    return _back(request, pk, _("%(name)s can sign in again.") % {"name": person.display_name})


@_manage
def sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the person out everywhere."""
    actor = me(request)
    person = person_for(actor, pk)
    require_can_manage(actor, person)
    end_sessions(actor=actor, person=person)
    return _back(request, pk, _("%(name)s is signed out everywhere.") % {"name": person.display_name})


@screen(None, methods=("POST",))
def ownership(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the portal over."""
    actor = me(request)
    if not actor.is_owner:
        raise NotFound
    person = transfer_ownership(actor=actor, person=person_for(actor, pk))
    return _back(request, pk, _("%(name)s owns the portal now.") % {"name": person.display_name})


def _back(request: HttpRequest, pk: int, text: str) -> HttpResponse:
    toast(request, text)
    return HttpResponseRedirect(reverse("people:person", args=[pk]))
