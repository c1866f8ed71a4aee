"""Screens of pages: the editor with its live preview."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.adapters.storage import get_storage
from infra.adapters.storage.safety import safe_headers
from infra.kit.access import Actor, may
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.sites.domain import images, publishing, rendering
from modules.sites.domain.access import MANAGE, VIEW, access_asset, access_page, access_site
from modules.sites.domain.page import add_page, check_blocks, delete_page, edit_page
from modules.sites.forms import NewPageForm
from modules.sites.models import Page
from modules.sites.views.editing import RowKind, Rows, apply, read_rows

KINDS = {
    "hero": RowKind(title=gettext_lazy("Opening"), icon="layout-navbar"),
    "heading": RowKind(title=gettext_lazy("Heading"), icon="heading"),
    "text": RowKind(title=gettext_lazy("Text"), icon="align-left"),
    "cards": RowKind(title=gettext_lazy("Cards"), icon="layout-grid"),
    "image": RowKind(title=gettext_lazy("Image"), icon="photo"),
    "button": RowKind(title=gettext_lazy("Button"), icon="hand-click"),
    "form": RowKind(title=gettext_lazy("Form"), icon="forms"),
}
_FRESH: dict[str, dict[str, str]] = {kind: {"type": kind} for kind in KINDS}
CARDS = 6


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


@screen(VIEW, methods=("GET", "POST"))
def editor(request: HttpRequest, page_id: int) -> HttpResponse:
    """The page as blocks; POST carries out one operation or saves."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    if request.method != "POST":
        head = {"title": page.title, "path": page.path, "description": page.description, "version": str(page.version)}
        return _draw(request, page, head, Rows(rows=[_row(block) for block in page.blocks]))
    head = {name: request.POST.get(name, "") for name in ("title", "path", "description", "version")}
    state = read_rows(request.POST, "b")
    op = request.POST.get("op", "save")
    try:
        if op.startswith("upload:"):
            _upload(request, actor, page, state, op)
        elif not apply(op, state, _FRESH):
            saved = _save(actor, page, head, state)
            toast(request, _("Saved. Visitors see it after the next publishing."))
            if not request.headers.get("HX-Request"):
                return redirect("sites:page", page_id=page.pk)
            head["version"], head["path"], page = str(saved.version), saved.path, saved
    except Invalid as error:
        state.errors, state.changed = dict(error.fields), True
        return _draw(request, page, head, state, status=422)
    return _draw(request, page, head, state)


@screen(VIEW, methods=("POST",))
def preview(request: HttpRequest, page_id: int) -> HttpResponse:
    """What the editor holds, drawn as visitors would see it; stored nowhere."""
    page = access_page(cast(Actor, request.user), page_id)
    text = publishing.site_text(page.site, 0)
    values = [_block(row) for row in read_rows(request.POST, "b").rows]
    draft = rendering.PageText(
        title=request.POST.get("title", ""), path=page.path, description="", blocks=_drawable(page, values)
    )
    return draft_response(rendering.render_page(dataclasses.replace(text, draft=True), draft))


@screen(MANAGE, methods=("POST",))
def delete(request: HttpRequest, page_id: int) -> HttpResponse:
    """Remove a page."""
    actor = cast(Actor, request.user)
    page = access_page(actor, page_id)
    delete_page(actor=actor, page=page)
    toast(request, _("“%(page)s” is deleted. Visitors see it until the next publishing.") % {"page": page.title})
    return redirect("sites:site", site_id=page.site_id)


@screen(VIEW)
def asset(request: HttpRequest, name: str) -> HttpResponseBase:
    """An image for the preview."""
    found = access_asset(cast(Actor, request.user), name)
    response = FileResponse(get_storage().open(found.key))
    for header, value in safe_headers("image/webp", f"{name}.webp").items():
        response[header] = value
    return response


def draft_response(made: rendering.Rendered) -> HttpResponse:
    """A draft for a frame of the editor: no script, no form leaves it, only the portal may frame it."""
    response = HttpResponse(made.html)
    response["Content-Security-Policy"] = made.policy
    response["Cache-Control"] = "no-store"
    response.xframe_options_exempt = True
    return response


def _save(actor: Actor, page: Page, head: dict[str, str], state: Rows) -> Page:
    return edit_page(
        actor=actor,
        page=page,
        version=whole_number(head["version"]) or 0,
        title=head["title"],
        path=head["path"] if page.path else "",
        description=head["description"],
        blocks=[_block(row) for row in state.rows],
    )


def _upload(request: HttpRequest, actor: Actor, page: Page, state: Rows, op: str) -> None:
    number = whole_number(op.partition(":")[2])
    file = request.FILES.get(f"b-{number}-file")
    if number is None or number >= len(state.rows) or file is None:
        raise Invalid(fields={f"blocks.{number}.asset": [_("Choose an image first.")]})
    try:
        stored = images.upload_image(actor=actor, site=page.site, stream=cast(Any, file))
    except Invalid as error:
        raise Invalid(fields={f"blocks.{number}.asset": error.fields.get("image", [])}) from error
    state.rows[number]["asset"] = stored.name
    state.focus, state.changed = (number, "alt"), True


def _drawable(page: Page, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks without a fault; one that is being typed is left out until it is right."""
    good = []
    for value in values:
        try:
            check_blocks(page.site, [value])
        except Invalid:
            continue
        good.append(value)
    return good


def _row(block: dict[str, Any]) -> dict[str, str]:
    row = {name: str(value) for name, value in block.items() if isinstance(value, str | int)}
    for number, (title, text) in enumerate(block.get("items", ())):
        row[f"item-{number}-title"], row[f"item-{number}-text"] = title, text
    return row


def _block(row: dict[str, str]) -> dict[str, Any]:
    block: dict[str, Any] = {name: value for name, value in row.items() if "-" not in name}
    if row.get("type") == "cards":
        block["items"] = [
            [row.get(f"item-{number}-title", ""), row.get(f"item-{number}-text", "")] for number in range(CARDS)
        ]
    if (level := whole_number(row.get("level"))) is not None:
        block["level"] = level
    return block


def _draw(request: HttpRequest, page: Page, head: dict[str, str], state: Rows, status: int = 200) -> HttpResponse:
    actor = cast(Actor, request.user)
    rows = []
    for number, row in enumerate(state.rows):
        kind = row.get("type", "")
        if kind not in KINDS:
            continue
        filled = sum(1 for n in range(CARDS) if row.get(f"item-{n}-title") or row.get(f"item-{n}-text"))
        rows.append(
            {
                "number": number,
                "kind": kind,
                "title": KINDS[kind].title,
                "icon": KINDS[kind].icon,
                "template": f"sites/parts/block_{kind}.html",
                "values": row,
                "items": [
                    {"number": n, "title": row.get(f"item-{n}-title", ""), "text": row.get(f"item-{n}-text", "")}
                    for n in range(min(CARDS, max(filled + 1, 3)))
                ],
                "errors": {
                    name.rpartition(".")[2]: " ".join(texts)
                    for name, texts in state.errors.items()
                    if name.startswith(f"blocks.{number}.")
                },
                "focus": state.focus[1] if state.focus[0] == number else "",
                "first": number == 0,
                "last": number == len(state.rows) - 1,
            }
        )
    context = {
        "page": page,
        "site": page.site,
        "head": head,
        "rows": rows,
        "kinds": [(key, kind.title, kind.icon) for key, kind in KINDS.items()],
        "forms": page.site.forms.order_by("pk"),
        "errors": {name: " ".join(texts) for name, texts in state.errors.items() if "." not in name},
        "has_errors": bool(state.errors),
        "changed": state.changed,
        "may_manage": may(actor, MANAGE),
        "action": reverse("sites:page", args=[page.pk]),
        "preview": reverse("sites:page_preview", args=[page.pk]),
    }
    part = request.headers.get("HX-Request") and request.method == "POST"
    return render(request, "sites/parts/page_form.html" if part else "sites/page.html", context, status=status)
