"""A person arranges the left menu."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.context import open_to
from infra.ui.domain.menu import arrange_menu, arranged, hidden_keys
from infra.ui.toasts import toast


@screen(None, methods=("GET", "POST"))
def menu(request: HttpRequest) -> HttpResponse:
    entries = [entry for entry in registry.nav if open_to(actor_of(request), entry)]
    if request.method == "POST":
        shown = set(request.POST.getlist("shown"))
        arrange_menu(
            actor=actor_of(request),
            order=request.POST.getlist("order"),
            hidden=[entry.key for entry in entries if entry.key not in shown],
        )
        toast(request, _("Saved."))
        return redirect("ui:start")
    hidden = hidden_keys(actor_of(request))
    items = [
        {"key": entry.key, "title": entry.title, "icon": entry.icon, "shown": entry.key not in hidden}
        for entry in arranged(actor_of(request), entries, with_hidden=True)
    ]
    return render(
        request,
        "ui/pages/arrange.html",
        {
            "items": items,
            "title": _("Arrange my menu"),
            "subtitle": _("Drag into order; what you untick moves to “More”."),
        },
    )
