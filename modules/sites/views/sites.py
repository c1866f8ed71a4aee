"""Screens of sites: the list, a new one, one site with all that belongs to it."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.adapters.storage.safety import safe_headers
from infra.kit import gates
from infra.kit.access import Actor, may
from infra.kit.errors import Invalid, NotFound, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.toasts import toast
from modules.sites.domain import hosts, parcel, publishing, queries, rendering, site_templates
from modules.sites.domain.access import (
    CODE,
    MANAGE,
    OWN_CODE,
    PUBLISH,
    READ_SUBMISSIONS,
    VIEW,
    access_publication,
    access_site,
)
from modules.sites.domain.numbers import numbers_of
from modules.sites.domain.own_domain import set_domain
from modules.sites.domain.site import create_site, delete_site, design_site, edit_site, schedule_site
from modules.sites.domain.theme import parse_theme
from modules.sites.domain.trial import trials_of
from modules.sites.forms import LookForm, NewSiteForm, ParcelForm, PlanForm, SiteSettingsForm, address_hint
from modules.sites.models import PageKind, Site
from tenants.portals.public import lendable_domains


def _state(site: Site) -> str:
    return _("Published") if site.publication_id else _("Not published")


class SiteList(ListScreen[Site]):
    """All sites of the company."""

    key = "sites.sites"
    title = gettext_lazy("Sites")
    subtitle = gettext_lazy("Pages with forms for visitors. What they send becomes a lead.")
    template_name = "sites/sites.html"
    columns = (
        Column("name", gettext_lazy("Name"), link=True, fixed=True, order="name"),
        Column("host", gettext_lazy("Address"), value=hosts.shown_host),
        Column(
            "state",
            gettext_lazy("State"),
            kind="badge",
            value=_state,
            tone=lambda s: "success" if s.publication_id else "neutral",
        ),
        Column("published_at", gettext_lazy("Last published"), kind="moment", value="publication.published_at"),
        Column("page_count", gettext_lazy("Pages"), kind="number"),
    )
    orders = (Order("name", gettext_lazy("Name")),)
    opens_panel = False
    empty = Empty(
        icon="world",
        title=gettext_lazy("No site yet"),
        text=gettext_lazy("A new site comes with a page and a form, ready to publish in a minute."),
        url_name="sites:add",
        action=gettext_lazy("Make a site"),
        permission=MANAGE,
    )

    def rows(self) -> QuerySet[Site, Site]:
        return queries.sites_with_state(self.actor)

    def url_of(self, row: Site) -> str:
        return reverse("sites:site", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        return {"may_manage": may(self.actor, MANAGE)}


site_list = screen(VIEW, methods=("GET", "POST"))(SiteList.as_view())


@screen(MANAGE, methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A new site; it leads on to the site with its publish button."""
    initial = {"language": translation.get_language(), "theme_color": "#2f5bea"}
    form = NewSiteForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            site = create_site(actor=cast(Actor, request.user), **form.cleaned_data)
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            toast(request, _("The site is ready. Look at it, then publish it."))
            return redirect("sites:site", site_id=site.pk)
    offered = site_templates.offered((translation.get_language() or "en")[:2])
    chosen = form["template"].value() or ""
    context = {"form": form, "templates": offered, "chosen": chosen}
    return render(request, "sites/add.html", context, status=422 if form.errors else 200)


@screen(MANAGE)
def template_picture(request: HttpRequest, key: str) -> HttpResponse:
    """How a template looks: its first page, drawn small in a frame."""
    found = next((row for row in site_templates.offered("en") if row.key == key), None)
    if found is None:
        raise NotFound
    response = HttpResponse(rendering.art(found.art, parse_theme(found.theme)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@screen(MANAGE)
def hint(request: HttpRequest) -> HttpResponse:
    """Where a site with the name typed so far would be; shown under the address field."""
    return HttpResponse(escape(address_hint(hosts.suggest(request.GET.get("name", "")[:120]))))


@screen(VIEW)
def site(request: HttpRequest, site_id: int) -> HttpResponse:
    """One site: address, publishing, pages, forms, versions, what needs attention."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    rows = list(found.pages.all())
    return render(
        request,
        "sites/site.html",
        {
            "site": found,
            "address": hosts.address_of(found),
            "host": hosts.shown_host(found),
            "has_changes": queries.has_changes(found),
            "pages": [page for page in rows if page.kind == PageKind.PAGE],
            "rivals": [page for page in rows if page.kind == PageKind.RIVAL],
            "parts": [page for page in rows if page.kind not in (PageKind.PAGE, PageKind.RIVAL)],
            "forms": found.forms.order_by("pk"),
            "versions": found.publications.select_related("published_by").order_by("-number")[
                : publishing.KEPT_VERSIONS
            ],
            "usage": gates.usage("sites.published"),
            "may_manage": may(actor, MANAGE),
            "may_publish": may(actor, PUBLISH),
            "attention": queries.attention(actor) if may(actor, READ_SUBMISSIONS) else None,
        },
    )


@screen(MANAGE, methods=("GET", "POST"))
def settings(request: HttpRequest, site_id: int) -> HttpResponse:
    """Name, language, colour, and the end of a site."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    initial = {key: getattr(found, key) for key in ("name", "language", "theme_color", "share_image", "head_html")}
    initial["redirects"] = "\n".join(" ".join(row) for row in found.redirects)
    own_code = gates.has(OWN_CODE) and may(actor, CODE)
    form = SiteSettingsForm(request.POST or None, initial=initial, site=found, own_code=own_code)
    version = whole_number(request.POST.get("version")) or 0
    if request.method == "POST" and form.is_valid():
        try:
            edit_site(actor=actor, site=found, version=version, **form.cleaned_data)
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            toast(request, _("Saved. Visitors see it after the next publishing."))
            return redirect("sites:site", site_id=found.pk)
    return render(
        request,
        "sites/settings.html",
        {
            "site": found,
            "form": form,
            "version": version or found.version,
            "may_lend": may(actor, "portals.domain.manage"),
            "domains": lendable_domains(),
            "lost": hosts.domain_is_lost(found),
        },
        status=422 if form.errors else 200,
    )


@screen(MANAGE, methods=("POST",))
def domain(request: HttpRequest, site_id: int) -> HttpResponse:
    """Show the site at a domain of the company's own, or no more."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    set_domain(actor=actor, site=found, domain=request.POST.get("domain", "")[:253])
    toast(request, _("Saved. Publish again, so that pages name their new address."))
    return redirect("sites:settings", site_id=found.pk)


@screen(MANAGE, methods=("GET", "POST"))
def look(request: HttpRequest, site_id: int) -> HttpResponse:
    """Colours, fonts, corners and room of a site, beside a picture of its first page."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    form = LookForm(request.POST or None, initial=publishing.theme_of(found).to_json())
    version = whole_number(request.POST.get("version")) or 0
    if request.method == "POST" and form.is_valid():
        try:
            design_site(actor=actor, site=found, version=version, theme=form.cleaned_data)
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            toast(request, _("Saved. Visitors see it after the next publishing."))
            return redirect("sites:look", site_id=found.pk)
    context = {
        "site": found,
        "form": form,
        "version": version or found.version,
        "first": found.pages.filter(kind=PageKind.PAGE).first(),
    }
    return render(request, "sites/look.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def delete(request: HttpRequest, site_id: int) -> HttpResponse:
    """Remove an unpublished site."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    delete_site(actor=actor, site=found)
    toast(request, _("“%(site)s” is deleted. What visitors sent is kept.") % {"site": found.name})
    return redirect("sites:sites")


@screen(PUBLISH, methods=("POST",))
def publish(request: HttpRequest, site_id: int) -> HttpResponse:
    """Show visitors the site as it is now."""
    actor = cast(Actor, request.user)
    publishing.publish_site(actor=actor, site=access_site(actor, site_id))
    toast(request, _("Published. Visitors see it now."))
    return redirect("sites:site", site_id=site_id)


@screen(PUBLISH, methods=("POST",))
def plan(request: HttpRequest, site_id: int) -> HttpResponse:
    """Publish the site by itself at a moment, or take that plan back."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    form = PlanForm(request.POST)
    at = form.cleaned_data["at"] if form.is_valid() else None
    if at is None and request.POST.get("at"):
        raise Invalid(fields={"at": [_("Choose a day and an hour.")]})
    schedule_site(actor=actor, site=found, at=at)
    toast(request, _("The site publishes itself then.") if at else _("The plan is taken back."))
    return redirect("sites:site", site_id=site_id)


@screen(VIEW)
def numbers(request: HttpRequest, site_id: int) -> HttpResponse:
    """How often the site was seen, from where, and how many wrote."""
    found = access_site(cast(Actor, request.user), site_id)
    return render(
        request,
        "sites/numbers.html",
        {
            "site": found,
            "numbers": numbers_of(found),
            "trials": trials_of(found),
            "may_manage": may(cast(Actor, request.user), MANAGE),
        },
    )


@screen(VIEW)
def export(request: HttpRequest, site_id: int) -> HttpResponse:
    """The site as a ZIP of static files that can be brought back."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    response = HttpResponse(parcel.pack(actor=actor, site=found))
    for header, value in safe_headers("application/zip", f"{found.slug}.zip").items():
        response[header] = value
    return response


@screen(MANAGE, methods=("POST",))
def copy(request: HttpRequest, site_id: int) -> HttpResponse:
    """A second site like this one."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    made = parcel.copy_site(actor=actor, site=found, slug=hosts.suggest(found.slug))
    toast(request, _("This is the copy. Nobody sees it until you publish it."))
    return redirect("sites:site", site_id=made.pk)


@screen(MANAGE, methods=("GET", "POST"))
def bring(request: HttpRequest) -> HttpResponse:
    """A site out of a ZIP that was exported here or elsewhere."""
    form = ParcelForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = parcel.unpack(
                actor=cast(Actor, request.user), name=data["name"], slug=data["slug"], stream=data["file"]
            )
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            toast(request, _("The site is ready. Look at it, then publish it."))
            return redirect("sites:site", site_id=made.pk)
    return render(request, "sites/bring.html", {"form": form}, status=422 if form.errors else 200)


@screen(PUBLISH, methods=("POST",))
def unpublish(request: HttpRequest, site_id: int) -> HttpResponse:
    """Take the site away from visitors."""
    actor = cast(Actor, request.user)
    publishing.unpublish_site(actor=actor, site=access_site(actor, site_id))
    toast(request, _("The site is taken down. Nothing is deleted."))
    return redirect("sites:site", site_id=site_id)


@screen(PUBLISH, methods=("POST",))
def restore(request: HttpRequest, site_id: int, publication_id: int) -> HttpResponse:
    """Show visitors an earlier version again."""
    actor = cast(Actor, request.user)
    found = access_site(actor, site_id)
    publication = access_publication(found, publication_id)
    publishing.restore_publication(actor=actor, publication=publication)
    toast(request, _("Visitors see version %(number)d again.") % {"number": publication.number})
    return redirect("sites:site", site_id=site_id)
