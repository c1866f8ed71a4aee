"""What may be asked about the people of the portal that is entered."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from infra.kit.numbers import whole_number
from tenants.people.models import Department, Invitation, Role, User


def seats_taken() -> int:
    """Seats in use: active people who are no guests, and good invitations for such. The count of `people.seats`."""
    return int(User.objects.employees().count()) + _pending().exclude(role__base=Role.Base.GUEST).count()


def guests_taken() -> int:
    """Guests in use: active guests, and good invitations for such. The count of `people.guests`."""
    return int(User.objects.guests().count()) + _pending().filter(role__base=Role.Base.GUEST).count()


def _pending() -> QuerySet[Invitation]:
    return Invitation.objects.filter(status=Invitation.Status.PENDING, expires_at__gt=timezone.now())


def manager_of(user: User) -> User | None:
    """Whom the person reports to: the nearest head upwards who is active and somebody else."""
    department = user.department
    while department is not None:
        head = department.head
        if head is not None and head.id != user.id and head.is_active:
            return head
        department = department.parent
    return None


def owners() -> list[User]:
    """The portal's active owners by name: whom a refusal says to ask."""
    return list(User.objects.owners().order_by("first_name", "last_name", "id"))


def department_choices() -> list[tuple[Department, str]]:
    """Every department below its parent, siblings in their order, with a title that shows how deep it lies."""
    found: list[tuple[Department, str]] = []
    children = _children()

    def walk(parent_id: int | None, depth: int) -> None:
        for row in children.get(parent_id, ()):
            found.append((row, "\u2003" * depth + row.name))
            walk(row.id, depth + 1)

    walk(None, 0)
    return found


@dataclass(frozen=True)
class Branch:
    """A department with what is under it. `people` counts its own active people, `total` those of the whole branch."""

    department: Department
    people: int
    total: int
    branches: tuple[Branch, ...]


def department_tree() -> tuple[Branch, ...]:
    """The company's tree. Two statements, however large."""
    children = _children()
    counts = dict(
        User.objects.active().exclude(department=None).values_list("department").annotate(count=Count("id")).order_by()
    )

    def branch(row: Department) -> Branch:
        below = tuple(branch(child) for child in children.get(row.id, ()))
        own = counts.get(row.id, 0)
        return Branch(row, own, own + sum(child.total for child in below), below)

    return tuple(branch(row) for row in children.get(None, ()))


def _children() -> dict[int | None, list[Department]]:
    children: dict[int | None, list[Department]] = {}
    for row in Department.objects.select_related("head", "head__role").order_by("order", "id"):
        children.setdefault(row.parent_id, []).append(row)
    return children


def colleagues() -> list[User]:
    """Active people who are no guests, by name: who may head a department or take records over."""
    return list(User.objects.employees().select_related("role").order_by("last_name", "first_name", "id"))


def roles_in_order() -> list[Role]:
    """All roles: the built-in ones first, from the owner down, then the company's own by name."""
    places = list(Role.Base)
    return sorted(
        Role.objects.all(), key=lambda role: (not role.builtin, places.index(Role.Base(role.base)), role.name)
    )


def headed_by(user: User) -> list[Department]:
    """Departments that the person heads."""
    return list(Department.objects.filter(head=user).order_by("name", "id"))


@dataclass(frozen=True, kw_only=True)
class InvitationsPage:
    """One page of invitations; `after` is the cursor of the next, "" at the end."""

    invitations: list[Invitation]
    after: str


def page_of_invitations(*, past: bool, after: str = "", size: int = 50) -> InvitationsPage:
    """Waiting invitations (or, `past`, the others), the newest first."""
    rows = Invitation.objects.select_related("role", "department", "invited_by").order_by("-id")
    waiting = Q(status=Invitation.Status.PENDING)
    rows = rows.filter(~waiting if past else waiting)
    if (last := whole_number(after)) is not None:
        rows = rows.filter(id__lt=last)
    found = list(rows[: size + 1])
    more = len(found) > size
    return InvitationsPage(invitations=found[:size], after=str(found[size - 1].id) if more else "")


def roles_with_counts() -> list[Role]:
    """All roles, built-in ones first, each with `holders`: how many active people hold it."""
    counted = Role.objects.annotate(holders=Count("people", filter=Q(people__is_active=True)))
    order = list(Role.Base)
    return sorted(counted, key=lambda role: (not role.builtin, order.index(Role.Base(role.base)), role.name))


def visible_invitations() -> QuerySet[Invitation]:
    """All invitations; who asks holds the right to invite."""
    return Invitation.objects.select_related("role", "department", "invited_by")


def visible_departments() -> QuerySet[Department]:
    """All departments; who asks may see the directory."""
    return Department.objects.all()


def visible_roles() -> QuerySet[Role]:
    """All roles; who asks manages them."""
    return Role.objects.all()
