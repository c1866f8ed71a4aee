"""Own objects in the menu and behind the +: those that an administrator put there, the others under "More"."""

from __future__ import annotations

from infra.kit.spec import NavEntry, QuickCreate
from modules.crm.domain.kinds import smart_kinds


def nav() -> list[NavEntry]:
    """Entries of the left menu, after the built-in ones of CRM."""
    return [
        NavEntry(
            key=f"crm.{kind.key}",
            title=kind.plural,
            icon=kind.icon,
            url_name=kind.url(),
            order=19,
            permission=kind.permission("view"),
            shown=kind.pinned,
        )
        for kind in smart_kinds().values()
    ]


def quick_creates() -> list[QuickCreate]:
    """Entries of the + menu."""
    return [
        QuickCreate(
            key=f"crm.{kind.key}",
            title=kind.title,
            icon=kind.icon,
            url_name=kind.url("add"),
            permission=kind.permission("create"),
        )
        for kind in smart_kinds().values()
        if kind.pinned
    ]
