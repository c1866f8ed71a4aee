"""The end of a portal, and the way back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.portals.domain.status import GRACE, close_portal, keep_portal
from tenants.portals.forms import ClosingForm


@screen(permission="portals.portal.close", methods=("GET", "POST"))
def closing(request: HttpRequest) -> HttpResponse:
    """What closing means; a POST closes the portal, or keeps it."""
    portal = current_portal()
    if request.method == "POST" and "keep" in request.POST:
        keep_portal(actor=actor_of(request), portal=portal)
        toast(request, _("The portal stays."))
        return redirect("portals:closing")
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_portal(actor=actor_of(request), portal=portal, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            return redirect("portals:closing")
    context = {"form": form, "portal": portal, "grace_days": GRACE.days}
    return render(request, "portals/closing.html", context, status=400 if form.errors else 200)
