"""The first screen of a new portal, and the checklist on the start page."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from infra.kit.errors import PortalError
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from saas.signup.domain import first_steps as steps
from tenants.people.models import User

MANAGE = "people.person.invite"


class FirstStepsForm(forms.Form):
    """The three questions; each may stay open."""

    about = forms.CharField(
        label=_("What does your company do?"),
        help_text=_("One sentence, as you would say it to a new customer. It opens your first page."),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
    )
    uses = forms.MultipleChoiceField(label=_("What will you use?"), required=False)
    invite = forms.CharField(
        label=_("Whom will you invite?"),
        help_text=_("E-mail addresses, separated by spaces, commas or lines."),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uses = cast(forms.MultipleChoiceField, self.fields["uses"])
        uses.choices = [(slug, registry.modules[slug].title) for slug in steps.modules_on_offer()]
        self.initial.setdefault("uses", steps.modules_on_offer())


@screen(permission=MANAGE, methods=("GET", "POST"))
def first_steps(request: HttpRequest) -> HttpResponse:
    """Three questions; the answers set menu, start page and a first site."""
    actor = cast(User, request.user)
    form = FirstStepsForm(request.POST or None)
    if request.method == "POST" and "skip" in request.POST:
        steps.skip_first_steps(actor=actor)
        return redirect("ui:start")
    if request.method == "POST" and form.is_valid():
        try:
            invited = steps.take_first_steps(actor=actor, **form.cleaned_data)
        except PortalError as error:
            form_errors(form, error)
        else:
            if invited:
                toast(
                    request,
                    ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", invited)
                    % {"count": invited},
                )
            return redirect("ui:start")
    chosen = form["uses"].value() or []
    modules = [{"spec": registry.modules[slug], "chosen": slug in chosen} for slug in steps.modules_on_offer()]
    return render(
        request, "signup/first_steps.html", {"form": form, "modules": modules}, status=422 if form.errors else 200
    )


@screen(permission=MANAGE, methods=("POST",))
def close(request: HttpRequest) -> HttpResponse:
    """Take the checklist off the start page."""
    steps.close_checklist(actor=cast(User, request.user))
    return redirect("ui:start")


def checklist_tile(request: HttpRequest) -> dict[str, Any] | None:
    """Context of the start page's tile; None once there is nothing left to do."""
    found = steps.checklist(cast(User, request.user))
    if not found:
        return None
    done = sum(step.done for step in found)
    return {"steps": found, "done": done, "total": len(found), "next": next(s for s in found if not s.done)}
