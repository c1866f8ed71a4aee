"""Everything the house has, and why some of it is not in this person's menu."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import may
from infra.kit.errors import FeatureMissing, Text, WayOut
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.kit.spec import ModuleSpec
from infra.ui.actors import actor_of
from infra.ui.context import Link, address
from infra.ui.domain.menu import hidden_keys


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something this person cannot use: what, why, and the way out."""

    title: Text
    reason: Text
    way_out: WayOut | None = None


@dataclass(frozen=True, kw_only=True)
class Room:
    """A module: what of it is open, what is missing."""

    spec: ModuleSpec
    links: list[Link]
    missing: list[Missing]


def _room(request: HttpRequest, spec: ModuleSpec, hidden: frozenset[str]) -> Room:
    links: list[Link] = []
    missing: list[Missing] = []
    for entry in registry.nav_here():
        if not entry.key.startswith(f"{spec.slug}."):
            continue
        if entry.permission is not None and not may(actor_of(request), entry.permission):
            if entry not in spec.nav:
                continue  # what the company made for itself is no secret of the plan: without the right it is not there
            if registry.permission(entry.permission).operator_only and not current_portal().is_operator:
                continue
            missing.append(
                Missing(
                    title=entry.title,
                    reason=_("Your role does not include “%(permission)s”.")
                    % {"permission": registry.permission(entry.permission).title},
                    way_out=WayOut(text=_("An administrator can change your role."), ask="administrator"),
                )
            )
        elif (entry.feature is None or gates.has(entry.feature)) and (url := address(entry.url_name)):
            links.append(Link(title=entry.title, url=url, icon=entry.icon, current=entry.key in hidden))
    for feature in spec.features:
        try:
            gates.require(feature.key)
        except FeatureMissing as error:
            missing.append(Missing(title=feature.title, reason=error.message, way_out=error.way_out))
    return Room(spec=spec, links=links, missing=missing)


@screen(None)
def more(request: HttpRequest) -> HttpResponse:
    hidden = hidden_keys(actor_of(request))
    rooms = [_room(request, spec, hidden) for spec in registry.modules.values()]
    return render(request, "ui/pages/more.html", {"rooms": [room for room in rooms if room.links or room.missing]})
