"""Passing a person's records on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.domain.access import person_for, require_can_manage
from tenants.people.domain.handover import hand_over as pass_on
from tenants.people.domain.handover import owned_by
from tenants.people.domain.queries import colleagues
from tenants.people.forms import HandOverForm
from tenants.people.views.who import me


@screen("people.person.manage", methods=("GET", "POST"))
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the person holds, kind by kind, and pass the chosen kinds to a colleague."""
    actor = me(request)
    person = person_for(actor, pk)
    require_can_manage(actor, person)
    held = owned_by(person)
    form = HandOverForm(
        request.POST or None,
        colleagues=[other for other in colleagues() if other.id != person.id],
        kinds=[(owned.key, f"{owned.title}: {owned.count}") for owned in held],
    )
    if request.method == "POST" and form.is_valid():
        moved = pass_on(actor=actor, person=person, to=form.chosen, kinds=form.cleaned_data["kinds"])
        total = sum(moved.values())
        text = ngettext(
            "%(count)d record handed over to %(name)s.", "%(count)d records handed over to %(name)s.", total
        )
        toast(request, text % {"count": total, "name": form.chosen.display_name})
        return HttpResponseRedirect(reverse("people:person", args=[pk]))
    context = {"person": person, "held": held, "form": form}
    return render(request, "people/hand_over.html", context, status=400 if form.errors else 200)
