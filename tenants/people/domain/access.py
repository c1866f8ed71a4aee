"""Who may see whom, and who may act on whom. The only way in which people and their things are fetched."""

from __future__ import annotations

from typing import cast

from django.utils.translation import gettext_lazy as _

from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import Conflict, Denied, NotFound, WayOut
from infra.kit.registry import registry
from infra.kit.spec import Scope
from tenants.people.domain.queries import roles_in_order
from tenants.people.models import Department, Invitation, Role, User
from tenants.people.models.user import UserQuerySet

_ORDINARY = {Role.Base.EMPLOYEE, Role.Base.GUEST}


def visible_people(actor: Actor) -> UserQuerySet:
    """People the actor may see: with the directory's permission everyone (deactivated ones only for who manages them),
    without it the actor alone."""
    people = cast(UserQuerySet, User.objects.select_related("role", "department"))
    if may(actor, "people.person.manage"):
        return people
    if may(actor, "people.person.view"):
        return people.active()
    return people.filter(id=actor.id or 0)


def person_for(actor: Actor, person_id: int, *, lock: bool = False) -> User:
    """The person with this id. Raises NotFound where the actor may not see them."""
    people = visible_people(actor)
    if lock:
        people = people.select_for_update(of=("self",))
    person = people.filter(id=person_id).first()
    if person is None:
        raise NotFound
    return person


def department_for(actor: Actor, department_id: int) -> Department:
    """The department with this id. Raises NotFound where the actor may not see the company's tree."""
    if not may(actor, "people.person.view"):
        raise NotFound
    department = Department.objects.filter(id=department_id).first()
    if department is None:
        raise NotFound
    return department


def invitation_for(actor: Actor, invitation_id: int) -> Invitation:
    """The invitation with this id. Raises Denied without the right to invite, NotFound."""
    require_permission(actor, "people.person.invite")
    invitation = Invitation.objects.select_related("role", "department").filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def role_for(actor: Actor, role_id: int) -> Role:
    """The role with this id. Raises Denied without a right that needs roles, NotFound."""
    if not (may(actor, "people.role.manage") or may(actor, "people.person.manage")):
        require_permission(actor, "people.person.invite")
    role = Role.objects.filter(id=role_id).first()
    if role is None:
        raise NotFound
    return role


def exceeds(actor: Actor, role: Role) -> bool:
    """Whether the role may something that the actor may not."""
    return any(role.scope(declared.key) > actor.scope(declared.key) for declared in registry.permissions_here())


def may_handle(actor: Actor, role: Role) -> bool:
    """Whether the actor may give or take this role, or act on people who hold it.

    The built-in employee and guest are anybody's who has the permission for the act; any other role only who may all
    that it may, so nobody lifts themselves or a friend above their own rights; the owner's only an owner.
    """
    if role.builtin and role.base in _ORDINARY:
        return True
    if role.base == Role.Base.OWNER:
        return actor.id is None or bool(getattr(actor, "is_owner", False))
    return not exceeds(actor, role)


def require_may_handle(actor: Actor, role: Role) -> None:
    """Raises Denied unless `may_handle`."""
    if not may_handle(actor, role):
        raise Denied(
            _("The role “%(role)s” has more rights than yours.") % {"role": role.title},
            code="role_above",
            way_out=WayOut(text=_("An owner can do this."), ask="owner"),
        )


def grantable_roles(actor: Actor) -> list[Role]:
    """Roles that the actor may give to others, built-in ones first."""
    return [role for role in roles_in_order() if may_handle(actor, role)]


def can_manage(actor: Actor, person: User) -> bool:
    """Whether the actor may change this person's access. Nobody changes their own, nor a forgotten person's."""
    if person.id == actor.id or person.erased_at is not None:
        return False
    return may(actor, "people.person.manage", Scope.ALL) and may_handle(actor, person.role)


def require_can_manage(actor: Actor, person: User) -> None:
    """Raises Denied unless the actor may change this person's access, Conflict for a forgotten person."""
    require_permission(actor, "people.person.manage", Scope.ALL)
    if person.id == actor.id:
        raise Denied(
            _("You cannot change your own access."),
            code="own_access",
            way_out=WayOut(text=_("Ask another owner or administrator."), ask="administrator"),
        )
    require_may_handle(actor, person.role)
    if person.erased_at is not None:
        raise Conflict(_("This person is forgotten for good."), code="person_forgotten")
