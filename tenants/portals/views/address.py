"""The portal's address and its own domains."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import escape
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.errors import Invalid, NotFound, PortalError
from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.portals.domain.address import check_address, host_of
from tenants.portals.domain.custom_domain import claim_domain, claims_of, hosts_of, prove_domain, release_domain
from tenants.portals.domain.rename import give_up_address, make_primary, rename_address
from tenants.portals.forms import AddressForm, DomainForm
from tenants.portals.models.portal import url_of

MANAGE = "portals.domain.manage"


def _page(
    request: HttpRequest, *, form: AddressForm | None = None, domain_form: DomainForm | None = None
) -> HttpResponse:
    portal = current_portal()
    hosts = list(hosts_of(portal))
    context = {
        "portal": portal,
        "form": form or AddressForm(initial={"address": portal.slug}),
        "domain_form": domain_form or DomainForm(),
        "base_domain": settings.BASE_DOMAIN,
        "own_host": host_of(portal.slug),
        "hosts": hosts,
        "hosts_by_name": {host.domain: host for host in hosts},
        "claims": list(claims_of(portal)),
        "usage": gates.usage("portals.domains"),
    }
    wrong = any(one is not None and one.errors for one in (form, domain_form))
    return render(request, "portals/address.html", context, status=400 if wrong else 200)


@screen(permission=MANAGE, methods=("GET", "POST"))
def address(request: HttpRequest) -> HttpResponse:
    """Where the portal answers; a POST changes its address and goes on there."""
    if request.method != "POST":
        return _page(request)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            portal = rename_address(actor=actor_of(request), portal=current_portal(), **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("The portal now answers at %(url)s.") % {"url": url_of(portal.host)})
            return redirect("portals:address")
    return _page(request, form=form)


@screen(permission=MANAGE)
def check(request: HttpRequest) -> HttpResponse:
    """Whether an address could be taken, said while it is typed."""
    try:
        slug = check_address(request.GET.get("address", ""), portal=current_portal())
    except Invalid as error:
        return HttpResponse(escape(str(error)))
    return HttpResponse(escape(_("%(host)s is free.") % {"host": host_of(slug)}))


@screen(permission=MANAGE, methods=("POST",))
def host(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Make a host the primary one, or give a former address up."""
    verbs = {"primary": make_primary, "give-up": give_up_address}
    if what not in verbs:
        raise NotFound
    verbs[what](actor=actor_of(request), portal=current_portal(), domain_id=pk)
    toast(request, _("Saved."))
    return redirect("portals:address")


@screen(permission=MANAGE, methods=("POST",))
def claim(request: HttpRequest) -> HttpResponse:
    """Put a domain on the list."""
    form = DomainForm(request.POST)
    if form.is_valid():
        try:
            claim_domain(actor=actor_of(request), portal=current_portal(), **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            return redirect("portals:address")
    return _page(request, domain_form=form)


@screen(permission=MANAGE, methods=("POST",))
def domain(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Look for the proof of a domain, or release it."""
    portal = current_portal()
    if what == "release":
        release_domain(actor=actor_of(request), portal=portal, claim_id=pk)
        toast(request, _("The domain is released."))
    elif what == "prove":
        try:
            prove_domain(actor=actor_of(request), portal=portal, claim_id=pk)
        except NotFound:
            raise
        except PortalError as error:
            toast(request, str(error), tone="warning")
        else:
            toast(request, _("The domain is proven; the portal answers there."))
    else:
        raise NotFound
    return redirect("portals:address")
