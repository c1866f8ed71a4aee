"""A person arranges the left menu."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.context import Shell, open_to
from infra.ui.domain.menu import arrange_menu, arranged, pin_entry, pinned_keys
from infra.ui.toasts import toast


@screen(None, methods=("GET", "POST"))
def menu(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    entries = [entry for entry in registry.nav_here() if open_to(actor, entry)]
    if request.method == "POST":
        shown = set(request.POST.getlist("shown"))
        arrange_menu(
            actor=actor,
            order=request.POST.getlist("order"),
            hidden=[entry.key for entry in entries if entry.key not in shown],
            pinned=request.POST.getlist("pinned"),
        )
        toast(request, _("Saved."))
        return redirect("ui:start")
    shown_keys, pinned = {entry.key for entry in arranged(actor, entries)}, pinned_keys(actor)
    items = [
        {
            "key": entry.key,
            "title": entry.title,
            "icon": entry.icon,
            "shown": entry.key in shown_keys,
            "pinned": entry.key in pinned,
        }
        for entry in arranged(actor, entries, with_hidden=True)
    ]
    return render(
        request,
        "ui/pages/arrange.html",
        {
            "items": items,
            "pins": True,
            "title": _("Arrange my menu"),
            "subtitle": _("Drag into order; what is pinned stays on top, what you untick moves to “More”."),
        },
    )


@screen(None, methods=("POST",))
def pin(request: HttpRequest) -> HttpResponse:
    """Pin or unpin one entry; answers the menu of the page that asked."""
    pin_entry(actor=actor_of(request), key=request.POST.get("key", ""), pinned=request.POST.get("pinned") == "1")
    asked_on = urlsplit(request.headers.get("HX-Current-URL", "/")).path
    if not request.headers.get("HX-Request"):
        return redirect("ui:more")
    return render(request, "ui/parts/menus.html", {"shell": Shell(request, path=asked_on), "swapped": True})
