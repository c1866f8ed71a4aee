"""Support access, as a portal's owner gives it and as support uses it."""

from __future__ import annotations

from typing import cast

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from infra.db.current import current_portal
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import guest_page, screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from saas.operator.domain import support as verbs
from saas.operator.domain.support import GRANT, HOURS
from saas.operator.support_session import ACCESS, BACKEND, NAME
from tenants.people.models import User
from tenants.portals.models.portal import url_of


class LetInForm(forms.Form):
    """Why and for how long."""

    reason = forms.CharField(label=gettext_lazy("What for?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    hours = forms.TypedChoiceField(
        label=gettext_lazy("For how long?"),
        coerce=int,
        choices=lambda: [
            (hours, ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}) for hours in HOURS
        ],
    )


@screen(permission=GRANT, methods=("GET", "POST"))
def support(request: HttpRequest) -> HttpResponse:
    """What support may, what it was allowed before, and the form to let it in."""
    form = LetInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.let_in(actor=cast(User, request.user), **form.cleaned_data)
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Support may come in."))
            return redirect("operator:support")
    context = {"form": form, "accesses": verbs.accesses(current_portal().id), "hours": HOURS}
    return render(request, "operator/support.html", context, status=422 if form.errors else 200)


@screen(permission=GRANT, methods=("POST",))
def answer(request: HttpRequest, access_id: int) -> HttpResponse:
    """Yes or no to a request, or the end of an access."""
    actor = cast(User, request.user)
    match request.POST.get("do"):
        case "let_in":
            hours = whole_number(request.POST.get("hours")) or 0
            verbs.let_in(actor=actor, hours=hours, access_id=access_id)
            toast(request, _("Support may come in."))
        case "refuse":
            verbs.refuse(actor=actor, access_id=access_id)
            toast(request, _("Support stays outside."))
        case "revoke":
            verbs.revoke(actor=actor, access_id=access_id)
            toast(request, _("Support is out."))
        case _other:
            raise Invalid
    return redirect("operator:support")


@guest_page(reason="the ticket in the address, good once and for a minute, opens a support session")
@never_cache
def enter_with_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Open the support session; without an open access there is nothing here."""
    access, owner, name = verbs.redeem_ticket(ticket)
    logout(request)
    with verbs.unnoticed(owner):
        login(request, owner, backend=BACKEND)
    request.session[ACCESS], request.session[NAME] = access.pk, name
    request.session.set_expiry(access.expires_at)
    return redirect("ui:start")


@guest_page(reason="whoever is in a support session can always leave it")
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """End the support session; anybody else is led to the start page."""
    if ACCESS not in request.session:
        return redirect("ui:start")
    logout(request)
    return redirect(url_of(settings.BASE_DOMAIN))
