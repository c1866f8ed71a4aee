"""The page behind an invitation's link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from infra.kit.errors import Invalid, LimitReached, NotFound, ReadOnly
from infra.kit.screens import guest_page
from infra.ui.forms import form_errors
from tenants.people.domain.invitation import accept_invitation, invitation_by_token
from tenants.people.forms import AcceptForm
from tenants.people.views.entry import sign_in


@guest_page(reason="the invited person has no account yet", methods=("GET", "POST"))
@never_cache
@sensitive_post_parameters("password")
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for name and password, then make the person and let them in. Every dead link answers the same."""
    try:
        invitation = invitation_by_token(token)
    except NotFound:
        return render(request, "people/invitation_dead.html", status=404)
    form = AcceptForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            person = accept_invitation(token=token, locale=get_language() or "", **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        except NotFound:
            return render(request, "people/invitation_dead.html", status=404)
        except (LimitReached, ReadOnly) as error:
            refusal = error
        else:
            sign_in(request, person, method="invitation")
            return HttpResponseRedirect("/")
    context = {"form": form, "invitation": invitation, "refusal": refusal}
    return render(request, "people/invitation_accept.html", context, status=refusal.status if refusal else 200)
