"""Verbs over roles, and where to find the built-in ones."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from infra import live
from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from infra.kit.refs import RecordRef
from infra.kit.registry import registry
from infra.kit.spec import Scope
from infra.outbox import publish
from tenants.people.contracts import RightsChanged, RoleCreated
from tenants.people.domain.access import require_may_handle
from tenants.people.models import Invitation, Role, User


def built_in_role(base: str) -> Role:
    """The built-in role `base` ("owner", "administrator", "employee", "guest"), made if the portal lacks it."""
    role, _created = Role.objects.get_or_create(base=Role.Base(base), builtin=True)
    return role


def create_role(
    *, actor: Actor, name: str, base: str, description: str = "", permissions: Mapping[str, Scope] | None = None
) -> Role:
    """Add a role that starts from the rights of `base` ("administrator", "employee" or "guest").

    What modules keep from the maker's own role, such as fields it does not see, they keep from the new one, too.

    Raises:
        Denied: no right to, or the role would may more than the actor.
        Invalid: name missing or taken, scope not among the permission's.
        UnknownName: a permission that no module declares.
        ReadOnly
    """
    require_permission(actor, "people.role.manage", Scope.ALL)
    gates.require_writable()
    if base not in (Role.Base.ADMINISTRATOR, Role.Base.EMPLOYEE, Role.Base.GUEST):
        raise Invalid(fields={"base": [_("Choose what the role starts from.")]})
    role = Role(name=_clean_name(name, None), base=base, description=description.strip()[:300])
    role.permissions = _differences(role, permissions or {})
    require_may_handle(actor, role)
    with transaction.atomic():
        role.save()
        record(actor, action="people.role.create", ref=_ref(role), changes={"name": (None, role.name)})
        publish(RoleCreated(role_id=role.pk, within=_binding(actor)))
    return role


def edit_role(
    *,
    actor: Actor,
    role: Role,
    name: str,
    description: str = "",
    permissions: Mapping[str, Scope],
    version: int | None = None,
) -> Role:
    """Change name and rights. The owner's rights are fixed; built-in roles keep their names.

    Everybody who holds the role feels it with their next click; their sockets join again under the new rights.

    Raises:
        Denied: no right to, it is one's own role, or it may (or would) more than the actor's.
        Invalid, UnknownName, Conflict (`version`), ReadOnly.
    """
    require_permission(actor, "people.role.manage", Scope.ALL)
    gates.require_writable()
    if role.base == Role.Base.OWNER:
        raise Denied(_("Owners may do everything; this role cannot be changed."), code="owner_fixed")
    with transaction.atomic():
        locked = _lock(role)
        if version is not None and locked.version != version:
            raise Conflict
        if isinstance(actor, User) and actor.role_id == locked.id:
            raise Denied(_("You cannot change the rights of your own role."), code="own_role")
        require_may_handle(actor, locked)
        before = {declared.key: locked.scope(declared.key) for declared in registry.permissions_here()}
        old_name = locked.title
        if not locked.builtin:
            locked.name = _clean_name(name, locked)
        locked.description = description.strip()[:300]
        locked.permissions = _differences(locked, permissions)
        _require_within(actor, locked, before)
        locked.save()
        changes: dict[str, tuple[object, object]] = {
            key: (before[key].name.lower(), locked.scope(key).name.lower())
            for key in before
            if before[key] != locked.scope(key)
        }
        if old_name != locked.title:
            changes["name"] = (old_name, locked.title)
        record(actor, action="people.role.edit", ref=_ref(locked), changes=changes)
        holders = tuple(locked.people.filter(is_active=True).order_by("id").values_list("id", flat=True))
        if holders and changes:
            publish(RightsChanged(user_ids=holders))
            for holder in holders:
                live.disconnect(holder)
    return locked


def delete_role(*, actor: Actor, role: Role) -> None:
    """Remove a role that nobody holds or is invited to.

    Raises:
        Denied: no right to, or a built-in role.
        Conflict: somebody holds it.
        ReadOnly
    """
    require_permission(actor, "people.role.manage", Scope.ALL)
    gates.require_writable()
    if role.builtin:
        raise Denied(_("Built-in roles stay."), code="role_builtin")
    with transaction.atomic():
        locked = _lock(role)
        require_may_handle(actor, locked)
        waiting = Invitation.objects.filter(role=locked)
        if locked.people.exists() or waiting.filter(status=Invitation.Status.PENDING).exists():
            raise Conflict(
                _("People hold this role or are invited to it. Give them another one first."), code="role_used"
            )
        waiting.update(role=built_in_role(locked.base))
        ref = _ref(locked)
        locked.delete()
        record(actor, action="people.role.delete", ref=ref, changes={"name": (locked.name, None)})


def _differences(role: Role, wanted: Mapping[str, Scope]) -> dict[str, int]:
    """What of `wanted` differs from the defaults of the role's base."""
    plain = Role(base=role.base)
    stored: dict[str, int] = {}
    for key, scope in wanted.items():
        declared = registry.permission(key)
        if scope not in declared.scopes:
            raise Invalid(fields={key: [_("“%(permission)s” has no such scope.") % {"permission": declared.title}]})
        if plain.scope(key) != scope:
            stored[key] = int(scope)
    return stored


def _require_within(actor: Actor, role: Role, before: Mapping[str, Scope]) -> None:
    """Nobody gives rights that they do not have themselves; what the role had already may stay."""
    for key, old in before.items():
        if role.scope(key) > max(old, actor.scope(key)):
            title = registry.permission(key).title
            raise Denied(
                _("You cannot give “%(permission)s”: your own role does not reach that far.") % {"permission": title},
                permission=key,
                code="role_above",
            )


def _binding(actor: Actor) -> int | None:
    """The role whose limits the actor passes on with every role they make."""
    role = actor.role if isinstance(actor, User) else None
    free = role is None or role.base == Role.Base.OWNER or (role.builtin and role.base == Role.Base.ADMINISTRATOR)
    return None if free or role is None else role.pk


def _clean_name(name: str, but: Role | None) -> str:
    text = name.strip()
    if not text:
        raise Invalid(fields={"name": [_("A role needs a name.")]})
    if len(text) > 100:
        raise Invalid(fields={"name": [_("At most %(count)d characters.") % {"count": 100}]})
    others = Role.objects.filter(name=text)
    if but is not None:
        others = others.exclude(id=but.id)
    if others.exists():
        raise Invalid(fields={"name": [_("There is already a role of this name.")]})
    return text


def _lock(role: Role) -> Role:
    locked = Role.objects.select_for_update().filter(id=role.id).first()
    if locked is None:
        raise NotFound(_("This role is gone."))
    return locked


def _ref(role: Role) -> RecordRef:
    return RecordRef("people", "role", role.id)
