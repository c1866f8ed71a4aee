"""The start page: first steps, and the tiles a person arranged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Text
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.kit.spec import Widget
from infra.ui.actors import actor_of
from infra.ui.domain.preferences import preference, set_preference
from infra.ui.toasts import toast

KEY = "start"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One tile of one person: a widget, or one of several that it has."""

    key: str
    title: Text
    widget: Widget
    own: str = ""

    def context(self, request: HttpRequest) -> dict[str, Any] | None:
        """What feeds its template; None where there is nothing to show."""
        if not self.widget.context:
            return {}
        feed = import_string(self.widget.context)
        found: dict[str, Any] | None = feed(request, self.own) if self.own else feed(request)
        return found


def _offered(request: HttpRequest) -> list[Tile]:
    found = []
    for item in registry.widgets:
        if item.permission is not None and not may(actor_of(request), item.permission):
            continue
        if item.tiles:
            own = import_string(item.tiles)(request)
            found += [Tile(key=f"{item.key}.{key}", title=title, widget=item, own=key) for key, title in own]
        else:
            found.append(Tile(key=item.key, title=item.title, widget=item))
    return found


def _arranged(request: HttpRequest) -> list[Tile]:
    kept: dict[str, Any] = preference(actor_of(request), KEY, {})
    places = {key: place for place, key in enumerate(kept.get("order", []))}
    hidden = set(kept.get("hidden", []))
    shown = (item for item in _offered(request) if item.key not in hidden)
    return sorted(shown, key=lambda item: (places.get(item.key, len(places)), item.widget.order))


@screen(None)
def start(request: HttpRequest) -> HttpResponse:
    tiles = []
    for item in _arranged(request):
        context = item.context(request)
        if context is not None:
            tiles.append({"tile": item, "widget": item.widget, "context": context})
    return render(request, "ui/pages/start.html", {"tiles": tiles, "greeting": _greeting(request)})


def _greeting(request: HttpRequest) -> str:
    """A word to the person, by the clock on their wall."""
    hour = timezone.localtime().hour
    name = {"name": actor_of(request).get_short_name()}  # type: ignore[attr-defined]  # an Actor who is a person
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % name
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


@screen(None, methods=("GET", "POST"))
def arrange(request: HttpRequest) -> HttpResponse:
    offered = _offered(request)
    if request.method == "POST":
        known = [item.key for item in offered]
        order = [key for key in request.POST.getlist("order") if key in known]
        shown = set(request.POST.getlist("shown"))
        set_preference(
            actor=actor_of(request),
            key=KEY,
            value={"order": order, "hidden": [key for key in known if key not in shown]},
        )
        toast(request, _("Saved."))
        return redirect("ui:start")
    shown_keys = {item.key for item in _arranged(request)}
    ordered = _arranged(request) + [item for item in offered if item.key not in shown_keys]
    items = [{"key": item.key, "title": item.title, "shown": item.key in shown_keys} for item in ordered]
    return render(
        request,
        "ui/pages/arrange.html",
        {
            "items": items,
            "title": _("Arrange the start page"),
            "subtitle": _("Choose the tiles and drag them into order."),
        },
    )
