"""Forgetting a person who left."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.access import person_for, require_can_manage
from tenants.people.domain.forgetting import forget_person
from tenants.people.domain.handover import owned_by
from tenants.people.forms import ForgettingForm
from tenants.people.views.who import me


@screen("people.person.manage", methods=("GET", "POST"))
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """What is removed and what stays; a POST with the person's address forgets them."""
    actor = me(request)
    person = person_for(actor, pk)
    require_can_manage(actor, person)
    form = ForgettingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            forget_person(actor=actor, person=person, confirmation=form.cleaned_data["confirmation"])
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Forgotten."))
            return HttpResponseRedirect(reverse("people:person", args=[pk]))
    context = {"person": person, "held": owned_by(person), "form": form}
    return render(request, "people/forget.html", context, status=400 if form.errors else 200)
