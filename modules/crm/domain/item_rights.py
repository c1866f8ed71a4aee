"""Rights to records of kinds that the company made: the same verbs and reaches as for the built-in ones.

What roles hold stands in the role itself beside all its other rights (`Role.permissions`); here is what exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from infra.db.connections import PUBLIC
from infra.db.current import current_schema
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from infra.kit.registry import registry
from infra.kit.spec import Permission, Scope
from modules.crm.domain.field_rights import limited_roles
from modules.crm.domain.kinds import Kind, smart_kinds
from tenants.people.domain.role import edit_role

REACH = (Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.BRANCH, Scope.ALL)
_HEADS = {"owner": Scope.ALL, "administrator": Scope.ALL, "guest": Scope.NONE}
_VERBS: Mapping[str, tuple[Any, tuple[Scope, ...], Scope]] = {
    "view": (_("{records}: see"), REACH, Scope.OWN),
    "create": (_("{records}: create"), (Scope.NONE, Scope.ALL), Scope.ALL),
    "edit": (_("{records}: change"), REACH, Scope.OWN),
    "delete": (_("{records}: delete and restore"), REACH, Scope.NONE),
    "export": (_("{records}: export"), REACH, Scope.NONE),
}
VERBS = tuple(_VERBS)


def permissions_of(kind: Kind) -> list[Permission]:
    """What a role may be given for records of `kind`; guests have none of it unless somebody gives it."""
    return [
        Permission(
            key=kind.permission(verb),
            title=format_lazy(title, records=kind.plural),
            scopes=scopes,
            defaults={**_HEADS, "employee": usual},
        )
        for verb, (title, scopes, usual) in _VERBS.items()
    ]


def own_permissions() -> dict[str, Permission]:
    """The permissions of all kinds that the portal has made, by key; none where no portal is entered."""
    if current_schema() == PUBLIC:
        return {}
    return {item.key: item for kind in smart_kinds().values() for item in permissions_of(kind)}


def set_type_rights(*, actor: Actor, kind: Kind, rights: Mapping[int, Mapping[str, Scope]]) -> None:
    """Say what roles may do with records of `kind`: role id → permission → how far; what is not named stays.

    Raises Denied (one's own role, more than one may oneself), Invalid, NotFound, ReadOnly; then nothing is changed.
    """
    known = {item.key for item in permissions_of(kind)}
    roles = {role.pk: role for role in limited_roles()}
    if set(rights) - set(roles) or any(set(given) - known for given in rights.values()):
        raise Invalid(fields={"rights": [_now("Choose one of the list.")]})
    with transaction.atomic():
        for role_id, given in sorted(rights.items()):
            role = roles[role_id]
            if any(role.scope(key) != scope for key, scope in given.items()):
                now = {item.key: role.scope(item.key) for item in registry.permissions_here()}
                edit_role(
                    actor=actor,
                    role=role,
                    name=role.name,
                    description=role.description,
                    permissions={**now, **given},
                )
