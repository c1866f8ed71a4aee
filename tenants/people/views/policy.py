"""The company's rules of signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from infra.kit.errors import Denied
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain import policy
from tenants.people.forms import SignInPolicyForm
from tenants.people.views.who import me


@screen("people.sign_in.manage", methods=("GET", "POST"))
def sign_in_policy(request: HttpRequest) -> HttpResponse:
    """Who must use a second factor, and how many people have none yet."""
    actor = me(request)
    form = SignInPolicyForm(request.POST or None, initial={"two_factor": policy.sign_in_policy().two_factor})
    if request.method == "POST" and form.is_valid():
        try:
            policy.set_sign_in_policy(actor=actor, two_factor=form.cleaned_data["two_factor"])
        except Denied as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return HttpResponseRedirect(request.path)
    context = {"form": form, "without": policy.people_without_second_factor()}
    return render(request, "people/sign_in_policy.html", context, status=400 if form.errors else 200)
