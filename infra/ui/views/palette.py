"""Search over everything a person may see, and the commands they may give."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Text
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.context import Link, Shell, address

PER_SOURCE = 6
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of the palette."""

    title: Text
    url: str
    icon: str
    note: str = ""
    panel: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines of one kind."""

    title: Text
    items: list[Item]


def _fits(words: list[str], link: Link) -> bool:
    title = str(link.title).casefold()
    return all(word in title for word in words)


def _records(request: HttpRequest, text: str) -> list[Group]:
    groups = []
    for source in registry.searches:
        if source.permission is not None and not may(actor_of(request), source.permission):
            continue
        cards = import_string(source.search)(actor_of(request), text, PER_SOURCE)
        items = [
            Item(title=card.title, url=card.url, icon=card.icon, note=str(card.subtitle), panel=True) for card in cards
        ]
        groups.append(Group(title=source.title, items=items))
    return groups


@screen(None)
def palette(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    words = text.casefold().split()
    shell = Shell(request)
    own = [
        Link(title=_("Start"), url="/", icon="home"),
        *shell.nav,
        *shell.settings_pages,
        *shell.person_links,
        Link(title=_("Arrange my menu"), url=address("ui:menu"), icon="layout-sidebar"),
        Link(title=_("Notifications"), url=address("ui:notifications"), icon="bell"),
        Link(title=_("More"), url=address("ui:more"), icon="apps"),
    ]
    actions = [
        Item(title=link.title, url=link.url, icon=link.icon, panel=True)
        for link in shell.quick_creates
        if _fits(words, link)
    ]
    pages = [Item(title=link.title, url=link.url, icon=link.icon) for link in own if _fits(words, link)]
    groups = _records(request, text) if len(text) > 1 else []
    groups += [Group(title=_("Create"), items=actions), Group(title=_("Pages"), items=pages[:12])]
    return render(request, "ui/parts/found.html", {"groups": [group for group in groups if group.items], "text": text})
