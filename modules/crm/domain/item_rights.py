"""Rights to records of kinds that the company made: the same verbs and reaches as for the built-in ones.

What roles hold stands in the role itself beside all its other rights (`Role.permissions`); here is what exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.spec import Permission, Scope
from modules.crm.domain.kinds import Kind, smart_kinds

REACH = (Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.ALL)
_HEADS = {"owner": Scope.ALL, "administrator": Scope.ALL, "guest": Scope.NONE}
_VERBS: Mapping[str, tuple[Any, tuple[Scope, ...], Scope]] = {
    "view": (_("See {records}"), REACH, Scope.OWN),
    "create": (_("Create {records}"), (Scope.NONE, Scope.ALL), Scope.ALL),
    "edit": (_("Change {records}"), REACH, Scope.OWN),
    "delete": (_("Delete and restore {records}"), REACH, Scope.NONE),
    "export": (_("Export {records}"), (Scope.NONE, Scope.ALL), Scope.NONE),
}
VERBS = tuple(_VERBS)


def permissions_of(kind: Kind) -> list[Permission]:
    """What a role may be given for records of `kind`; guests have none of it unless somebody gives it."""
    return [
        Permission(
            key=kind.permission(verb),
            title=format_lazy(title, records=f"“{kind.plural}”"),
            scopes=scopes,
            defaults={**_HEADS, "employee": usual},
        )
        for verb, (title, scopes, usual) in _VERBS.items()
    ]


def own_permissions() -> dict[str, Permission]:
    """The permissions of all kinds that the portal has made, by key."""
    return {item.key: item for kind in smart_kinds().values() for item in permissions_of(kind)}
