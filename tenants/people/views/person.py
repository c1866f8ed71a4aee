"""A person's page, and editing what it says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Conflict, Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from tenants.people.domain.access import can_manage, grantable_roles, person_for
from tenants.people.domain.history import history_of_person
from tenants.people.domain.person import Profile, edit_profile
from tenants.people.domain.queries import headed_by, manager_of
from tenants.people.forms import DepartmentChoiceForm, PhotoForm, ProfileForm, RoleChoiceForm
from tenants.people.views.who import me


@screen(None)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The profile; who manages people also sees its history and what they may change."""
    actor = me(request)
    shown = person_for(actor, pk)
    manages = can_manage(actor, shown)
    context = {
        "person": shown,
        "manager": manager_of(shown),
        "heads": headed_by(shown),
        "is_self": shown.id == actor.id,
        "manages": manages,
        "may_edit": manages or shown.id == actor.id,
        "history": history_of_person(shown) if may(actor, "people.person.manage") else None,
        "role_form": RoleChoiceForm(roles=grantable_roles(actor), initial={"role": shown.role_id}) if manages else None,
        "department_form": (
            DepartmentChoiceForm(roles=[], initial={"department": shown.department_id})
            if may(actor, "people.person.manage") and shown.erased_at is None
            else None
        ),
        "may_make_owner": actor.is_owner and manages and shown.is_active and not shown.role.is_guest,
    }
    return render_panel(request, "people/person.html", context, back=reverse("people:directory"))


@screen(None, methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The profile's form."""
    actor = me(request)
    shown = person_for(actor, pk)
    form = ProfileForm(request.POST or None, initial=ProfileForm.of(shown))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data.pop("version")
        try:
            edit_profile(actor=actor, person=shown, profile=Profile(**form.cleaned_data), version=version)
        except (Invalid, Conflict) as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return HttpResponseRedirect(
                reverse(
                    "people:me" if shown.id == actor.id else "people:person", args=[] if shown.id == actor.id else [pk]
                )
            )
    context = {"person": shown, "form": form, "photo_form": PhotoForm(), "is_self": shown.id == actor.id}
    return render(request, "people/person_edit.html", context, status=400 if form.errors else 200)
