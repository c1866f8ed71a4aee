"""The editor of a page: its shell, what it saves, who holds the page, its history and preview."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit import gates
from infra.kit.access import Actor, may
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.formats import moment
from infra.ui.toasts import toast
from modules.sites.domain import goods, holding, hosts, icons, publishing, rendering
from modules.sites.domain.access import CODE, MANAGE, OWN_CODE, PUBLISH, VIEW, access_page, access_version
from modules.sites.domain.blocks import BLOCKS, CATEGORIES, OWN, sample
from modules.sites.domain.page import restore_version, write_page
from modules.sites.domain.texts import PageText
from modules.sites.models import Page, PageKind
from modules.sites.views.words import WORDS

LARGEST_BODY = 1_000_000


@screen(VIEW)
def editor(request: HttpRequest, page_id: int) -> HttpResponse:
    """The editor. Its canvas and its library need inline styles; scripts are held as strictly as everywhere."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    manage = may(actor, MANAGE)
    context = {
        "page": page,
        "site": page.site,
        "pages": page.site.pages.filter(kind__in=[PageKind.PAGE, PageKind.RIVAL]),
        "parts": page.site.pages.exclude(kind__in=[PageKind.PAGE, PageKind.RIVAL]),
        "may_manage": manage,
        "may_publish": may(actor, PUBLISH),
        "config": _config(page, actor, manage),
        "address": hosts.address_of(page.site),
    }
    response = render(request, "sites/builder.html", context)
    response._csp_replace = {"style-src": ["'self'", "'unsafe-inline'"]}  # type: ignore[attr-defined]  # read by django-csp
    return response


@screen(MANAGE, methods=("POST",))
def write(request: HttpRequest, page_id: int) -> JsonResponse:
    """Keep what the editor holds: {html, version, token} → {version}."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    given = _json(request)
    saved = write_page(
        actor=actor,
        page=page,
        version=int(given["version"]) if str(given.get("version", "")).isdecimal() else 0,
        html=_stored(page, str(given.get("html", ""))),
        token=str(given.get("token", "")),
    )
    return JsonResponse({"version": saved.version})


@screen(MANAGE, methods=("POST",))
def hold(request: HttpRequest, page_id: int) -> JsonResponse:
    """Ask to write on the page, say that one still does, take it over ({take: true}) or let go ({leave: true})."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    given = _json(request)
    token = str(given.get("token", ""))
    if given.get("leave"):
        holding.let_go(actor=actor, page=page, token=token)
        return JsonResponse({"mine": False, "name": ""})
    held = holding.hold_page(actor=actor, page=page, token=token, take=bool(given.get("take")))
    page.refresh_from_db()
    return JsonResponse({"mine": held.mine, "name": held.name, "version": page.version})


@screen(VIEW)
def history(request: HttpRequest, page_id: int) -> HttpResponse:
    """Who saved the page when; with ?format=html the words as they are now, for whoever only watches."""
    page = access_page(cast(Actor, request.user), page_id)
    if request.GET.get("format") == "html":
        return JsonResponse({"html": _shown(page, page.html), "version": page.version})
    rows = page.versions.select_related("saved_by").order_by("-pk")
    return JsonResponse(
        {
            "versions": [
                {
                    "id": row.pk,
                    "when": moment(row.saved_at),
                    "who": row.saved_by.display_name if row.saved_by else "",
                    "preview": reverse("sites:page_restore", args=[page.pk, row.pk]),
                }
                for row in rows
            ]
        }
    )


@screen(VIEW, methods=("GET", "POST"))
def restore(request: HttpRequest, page_id: int, version_id: int) -> HttpResponse:
    """GET draws the page as it was; POST brings it back, for those who may change the page."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    kept = access_version(page, version_id)
    if request.method == "GET":
        return draft_response(_drawn(page, kept.html))
    restore_version(actor=actor, page=page, kept=kept)
    toast(request, _("The page says again what it said then. What you had is in the history."))
    return redirect("sites:page", page_id=page.pk)


@screen(VIEW, methods=("GET", "POST"))
def preview(request: HttpRequest, page_id: int) -> HttpResponse:
    """The page as visitors would see it, saved (GET) or as the editor holds it (POST html); stored nowhere."""
    page = access_page(cast(Actor, request.user), page_id)
    html = _stored(page, request.POST.get("html", "")[:LARGEST_BODY]) if request.method == "POST" else page.html
    return draft_response(_drawn(page, html))


def draft_response(made: rendering.Rendered) -> HttpResponse:
    """A draft for a frame of the editor: no script, no form leaves it, only the portal may frame it."""
    response = HttpResponse(made.html)
    response["Content-Security-Policy"] = made.policy
    response["Cache-Control"] = "no-store"
    response.xframe_options_exempt = True
    return response


def _drawn(page: Page, html: str) -> rendering.Rendered:
    text = dataclasses.replace(publishing.site_text(page.site, 0), draft=True)
    if page.kind in (PageKind.PAGE, PageKind.RIVAL):
        return rendering.render_page(text, dataclasses.replace(publishing.page_text(page), html=html))
    if page.kind == PageKind.MISSING:
        return rendering.render_missing(dataclasses.replace(text, missing=html))
    first = text.pages[0] if text.pages else PageText(title=page.site.name, path="")
    text = (
        dataclasses.replace(text, header=html)
        if page.kind == PageKind.HEADER
        else dataclasses.replace(text, footer=html)
    )
    return rendering.render_page(text, dataclasses.replace(first, bare=False))


def _shown(page: Page, html: str) -> str:
    """Stored HTML with addresses that work on the portal."""
    bases = rendering.draft_bases(page.site_id)
    return html.replace('src="/_a/', f'src="{bases["image_base"]}').replace('src="/_i/', f'src="{bases["art_base"]}')


def _stored(page: Page, html: str) -> str:
    """The editor's HTML with addresses as they are stored."""
    bases = rendering.draft_bases(page.site_id)
    return html.replace(f'src="{bases["image_base"]}', 'src="/_a/').replace(f'src="{bases["art_base"]}', 'src="/_i/')


def _config(page: Page, actor: Actor, manage: bool) -> dict[str, Any]:
    forms = list(page.site.forms.order_by("pk"))
    pages = [other for other in page.site.pages.all() if other.kind == PageKind.PAGE]
    with translation.override(page.language or page.site.language):
        first = forms[0].public_id if forms else ""
        drawn = {key: _shown(page, sample(key, form=first, name=page.site.name)) for key in BLOCKS}
    framed = page.kind in (PageKind.HEADER, PageKind.FOOTER)
    own_code = gates.has(OWN_CODE) and may(actor, CODE)
    offered = [
        block
        for block in BLOCKS.values()
        if (block.category == "frame") == framed and (block.key not in OWN or own_code)
    ]
    return {
        "html": _shown(page, page.html),
        "version": page.version,
        "manage": manage,
        "own_code": own_code,
        "kind": page.kind,
        "group": f"record:sites.page:{page.pk}",
        "language": translation.get_language(),
        "blocks": [
            {
                "id": block.key,
                "label": str(block.title),
                "category": str(CATEGORIES[block.category]),
                "icon": block.icon,
                "content": drawn[block.key],
            }
            for block in offered
        ],
        "forms": [
            {"id": form.public_id, "name": form.name, "part": reverse("sites:form_part", args=[form.pk])}
            for form in forms
        ],
        "links": [
            {"id": f"/{other.path}", "name": other.title} for other in page.site.pages.filter(kind=PageKind.PAGE)
        ],
        "sections": list(goods.sections()),
        "goods": reverse("sites:goods_part", args=[page.site_id]),
        "menu": [other.menu_title or other.title for other in pages if other.in_menu],
        "sprite": f"{settings.STATIC_URL}ui/icons.svg",
        "icons": {name: [str(title), icons.drawn(name)] for name, title in icons.NAMES.items()},
        "css": reverse("sites:stylesheet", args=[page.site_id]),
        "urls": {
            "write": reverse("sites:page_write", args=[page.pk]),
            "hold": reverse("sites:page_hold", args=[page.pk]),
            "preview": reverse("sites:page_preview", args=[page.pk]),
            "history": reverse("sites:page_history", args=[page.pk]),
            "pictures": reverse("sites:pictures", args=[page.site_id]),
        },
        "words": {key: str(text) for key, text in WORDS.items()},
    }


def _json(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LARGEST_BODY:
        raise Invalid(fields={"html": [_("This page is too long. Divide it into several pages.")]})
    try:
        given = orjson.loads(request.body)  # refuses what is nested too deep
    except ValueError as error:
        raise Invalid from error
    if not isinstance(given, dict):
        raise Invalid
    return given
