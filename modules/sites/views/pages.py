"""Screens of pages beside the editor: a new one, how it is found, its place, a copy, its end."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.sites.domain import seo
from modules.sites.domain.access import MANAGE, access_page, access_site
from modules.sites.domain.page import add_page, copy_page, delete_page, edit_page, move_page
from modules.sites.domain.trial import end_trial, make_rival
from modules.sites.forms import NewPageForm, PageForm
from modules.sites.models import Page


@screen(MANAGE, methods=("GET", "POST"))
def add(request: HttpRequest, site_id: int) -> HttpResponse:
    """A new page of a site."""
    actor = cast(Actor, request.user)
    site = access_site(actor, site_id)
    form = NewPageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            page = add_page(actor=actor, site=site, **form.cleaned_data)
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            return redirect("sites:page", page_id=page.pk)
    context = {"form": form, "site": site, "heading": _("New page")}
    return render(request, "sites/add_part.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("GET", "POST"))
def settings(request: HttpRequest, page_id: int) -> HttpResponse:
    """Title, address, menu and search engines of a page, with a list of what to mend."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    version = whole_number(request.POST.get("version")) or 0
    form = PageForm(request.POST or None, initial=_initial(page), page=page)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        if not page.path:
            values["path"] = ""
        try:
            edit_page(actor=actor, page=page, version=version, html=page.html, **values)
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            toast(request, _("Saved. Visitors see it after the next publishing."))
            return redirect("sites:page_settings", page_id=page.pk)
    context = {
        "page": page,
        "site": page.site,
        "form": form,
        "has_rival": page.site.pages.filter(rival_of=page).exists(),
        "version": version or page.version,
        "remarks": seo.checklist_of(page),
    }
    return render(request, "sites/page_settings.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def move(request: HttpRequest, page_id: int) -> HttpResponse:
    """One place up or down in the menu."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    move_page(actor=actor, page=page, up=request.POST.get("to") == "up")
    return redirect("sites:site", site_id=page.site_id)


@screen(MANAGE, methods=("POST",))
def copy(request: HttpRequest, page_id: int) -> HttpResponse:
    """A second page with the same words, as a draft."""
    actor = cast(Actor, request.user)
    made = copy_page(actor=actor, page=access_page(actor, page_id))
    toast(request, _("This is the copy. It is a draft until you say otherwise."))
    return redirect("sites:page_settings", page_id=made.pk)


@screen(MANAGE, methods=("POST",))
def delete(request: HttpRequest, page_id: int) -> HttpResponse:
    """Remove a page."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    delete_page(actor=actor, page=page)
    toast(request, _("“%(page)s” is deleted. Visitors see it until the next publishing.") % {"page": page.title})
    return redirect("sites:site", site_id=page.site_id)


@screen(MANAGE, methods=("POST",))
def rival(request: HttpRequest, page_id: int) -> HttpResponse:
    """A second version of a page, to compare."""
    actor = cast(Actor, request.user)
    made = make_rival(actor=actor, page=access_page(actor, page_id))
    toast(request, _("This is version B. Change what you want to try, then publish."))
    return redirect("sites:page", page_id=made.pk)


@screen(MANAGE, methods=("POST",))
def decide(request: HttpRequest, page_id: int) -> HttpResponse:
    """Keep one of two versions."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    end_trial(actor=actor, page=page, keep=request.POST.get("keep", ""))
    toast(request, _("Decided. Visitors see it after the next publishing."))
    return redirect("sites:site", site_id=page.site_id)


def _initial(page: Page) -> dict[str, Any]:
    names = (
        "title",
        "path",
        "description",
        "in_menu",
        "menu_title",
        "hidden",
        "draft",
        "bare",
        "language",
        "share_image",
    )
    return {name: getattr(page, name) for name in names} | {"translation_of": page.translation_of_id or ""}
