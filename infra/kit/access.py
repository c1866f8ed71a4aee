"""Who may: the actor of every verb, and the only ways to narrow a queryset to what the actor may see."""

from __future__ import annotations

from typing import Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Denied, WayOut
from infra.kit.registry import registry
from infra.kit.spec import Scope

Row = TypeVar("Row", bound=Model)


class Actor(Protocol):
    """Whoever acts: a person of the portal, or the system itself (`id` is None)."""

    @property
    def id(self) -> int | None:
        """Primary key of the person, None for the system."""

    @property
    def display_name(self) -> str:
        """How the actor is named to others."""

    @property
    def is_active(self) -> bool:
        """False once deactivated."""

    def scope(self, permission: str) -> Scope:
        """How far the declared `permission` reaches for this actor. Raises UnknownName."""

    def department_ids(self) -> frozenset[int]:
        """Departments whose records DEPARTMENT scope covers: one's own, and below those one heads."""

    def branch_ids(self) -> frozenset[int]:
        """Departments whose records BRANCH scope covers: those, and everything below one's own."""


class _System:
    """The portal itself: automations, flows and jobs that no person started."""

    id: int | None = None
    display_name = "Portal"
    is_active = True

    def scope(self, permission: str) -> Scope:
        registry.permission(permission)
        return Scope.ALL

    def department_ids(self) -> frozenset[int]:
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        return frozenset()


SYSTEM: Actor = _System()


def departments_within(actor: Actor, scope: Scope) -> frozenset[int]:
    """The departments that `scope` covers for `actor`, none where it is not about departments."""
    match scope:
        case Scope.DEPARTMENT:
            return actor.department_ids()
        case Scope.BRANCH:
            return actor.branch_ids()
    return frozenset()


def may(actor: Actor, permission: str, at_least: Scope = Scope.OWN) -> bool:
    """Whether the active `actor` holds `permission` with at least this scope. Raises UnknownName."""
    return actor.is_active and actor.scope(permission) >= at_least


_ask_page = ""


def set_ask_page(path: str) -> None:
    """Where a POST with `for=<permission>` asks those who give roles, in the person's name; said once at start-up."""
    global _ask_page
    _ask_page = path


def require_permission(actor: Actor, permission: str, at_least: Scope = Scope.OWN) -> None:
    """Raises Denied, naming the permission, whom to ask and where one click asks them, unless the actor holds it."""
    if not may(actor, permission, at_least):
        title = registry.permission(permission).title
        raise Denied(
            _("Your role does not include “%(permission)s”.") % {"permission": title},
            permission=permission,
            way_out=WayOut(
                text=_("An administrator can change your role."),
                ask="administrator",
                ask_url=f"{_ask_page}?for={permission}" if _ask_page else "",
            ),
        )


def scoped(
    rows: QuerySet[Row],
    actor: Actor,
    permission: str,
    *,
    owner: str = "responsible",
    department: str = "responsible__department",
) -> QuerySet[Row]:
    """The part of `rows` that `permission` opens to `actor`: none, own, own departments' or all. Raises UnknownName."""
    scope = actor.scope(permission) if actor.is_active else Scope.NONE
    match scope:
        case Scope.ALL:
            return rows
        case Scope.DEPARTMENT | Scope.BRANCH:
            departments = departments_within(actor, scope)
            return rows.filter(Q(**{owner: actor.id}) | Q(**{f"{department}__in": departments}))
        case Scope.OWN:
            return rows.filter(**{owner: actor.id})
    return rows.none()
