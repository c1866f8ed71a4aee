"""Inviting people, and what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit import gates
from infra.kit.errors import Invalid, LimitReached
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.access import grantable_roles, invitation_for
from tenants.people.domain.invitation import (
    addresses_in,
    cancel_invitation,
    change_invitation,
    invite_people,
    resend_invitation,
)
from tenants.people.domain.queries import page_of_invitations
from tenants.people.forms import InvitationForm, InviteForm
from tenants.people.models import Role
from tenants.people.models.user import User
from tenants.people.views.who import me


@screen("people.person.invite", methods=("GET", "POST"))
def invite(request: HttpRequest) -> HttpResponse:
    """Paste addresses, choose role and department, send."""
    actor = me(request)
    roles = _invitable(actor)
    employee = next((role.pk for role in roles if role.builtin and role.base == Role.Base.EMPLOYEE), None)
    form = InviteForm(request.POST or None, roles=roles, initial={"role": employee})
    refusal: LimitReached | None = None
    if request.method == "POST" and form.is_valid():
        try:
            invited = invite_people(
                actor=actor,
                emails=addresses_in(form.cleaned_data["emails"]),
                role=form.chosen_role,
                department=form.chosen_department,
            )
        except Invalid as error:
            form_errors(form, error)
        except LimitReached as error:  # shown over the form, so that no typed address is lost
            refusal = error
        else:
            count = len(invited.sent)
            if count:
                text = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count)
                toast(request, text % {"count": count})
            for known, text in (
                (invited.already_here, _("Already here: %(list)s")),
                (invited.already_invited, _("Already invited: %(list)s")),
            ):
                if known:
                    toast(request, text % {"list": ", ".join(known)}, "info")
            return HttpResponseRedirect(reverse("people:invitations"))
    context = {
        "form": form,
        "refusal": refusal,
        "seats": gates.usage("people.seats"),
        "guests": gates.usage("people.guests"),
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "people/invite.html", context, status=status)


@screen("people.person.invite")
def invitations(request: HttpRequest) -> HttpResponse:
    """Waiting invitations, newest first; `past` shows the accepted and cancelled ones."""
    past = "past" in request.GET
    page = page_of_invitations(past=past, after=request.GET.get("after", ""))
    return render(request, "people/invitations.html", {"page": page, "past": past})


@screen("people.person.invite", methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an invitation; a new letter goes out and the old link is dead."""
    actor = me(request)
    invitation = invitation_for(actor, pk)
    form = InvitationForm(
        request.POST or None,
        roles=_invitable(actor),
        initial={"email": invitation.email, "role": invitation.role_id, "department": invitation.department_id},
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_invitation(
                actor=actor,
                invitation=invitation,
                email=form.cleaned_data["email"],
                role=form.chosen_role,
                department=form.chosen_department,
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("A new letter is on its way; the old link is dead."))
            return HttpResponseRedirect(reverse("people:invitations"))
    context = {"form": form, "invitation": invitation}
    return render(request, "people/invitation_edit.html", context, status=400 if form.errors else 200)


@screen("people.person.invite", methods=("POST",))
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new link."""
    actor = me(request)
    resend_invitation(actor=actor, invitation=invitation_for(actor, pk))
    toast(request, _("A new letter is on its way; the old link is dead."))
    return HttpResponseRedirect(reverse("people:invitations"))


@screen("people.person.invite", methods=("POST",))
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Kill the link."""
    actor = me(request)
    cancel_invitation(actor=actor, invitation=invitation_for(actor, pk))
    toast(request, _("The invitation is cancelled."))
    return HttpResponseRedirect(reverse("people:invitations"))


def _invitable(actor: User) -> list[Role]:
    return [role for role in grantable_roles(actor) if role.base != Role.Base.OWNER]
