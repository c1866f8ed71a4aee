"""The company's settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from infra.db.current import current_portal
from infra.kit.errors import Invalid
from infra.kit.screens import guest_page, screen
from infra.ui.actors import actor_of
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.portals.domain.logo import read_logo, remove_logo, set_logo
from tenants.portals.domain.settings import change_settings
from tenants.portals.forms import CompanyForm, LogoForm


@screen(permission="portals.settings.manage", methods=("GET", "POST"))
def company(request: HttpRequest) -> HttpResponse:
    """Name, language, country, zone and currency."""
    portal = current_portal()
    form = CompanyForm(request.POST or None, initial=CompanyForm.of(portal))
    if request.method == "POST" and form.is_valid():
        try:
            change_settings(actor=actor_of(request), portal=portal, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("portals:company")
    context = {"form": form, "logo_form": LogoForm(), "portal": portal}
    return render(request, "portals/company.html", context, status=400 if form.errors else 200)


@screen(permission="portals.settings.manage", methods=("POST",))
def logo(request: HttpRequest) -> HttpResponse:
    """Set the logo, or remove it."""
    portal = current_portal()
    if "remove" in request.POST:
        remove_logo(actor=actor_of(request), portal=portal)
        return redirect("portals:company")
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            set_logo(actor=actor_of(request), portal=portal, content=form.cleaned_data["logo"].read())
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("portals:company")
    context = {"form": CompanyForm(initial=CompanyForm.of(portal)), "logo_form": form, "portal": portal}
    return render(request, "portals/company.html", context, status=400)


@guest_page(reason="the sign-in page shows the company's logo")
@cache_control(private=True, max_age=300)
def logo_image(request: HttpRequest) -> HttpResponse:
    """The logo as PNG."""
    return HttpResponse(read_logo(current_portal()), content_type="image/png")
