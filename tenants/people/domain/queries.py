"""What may be asked about the people of the portal that is entered."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from tenants.people.models import Department, Invitation, Role, User


def seats_taken() -> int:
    """Seats in use: active people who are no guests, and good invitations for such. The count of `people.seats`."""
    return User.objects.employees().count() + _pending().exclude(role__base=Role.Base.GUEST).count()


def guests_taken() -> int:
    """Guests in use: active guests, and good invitations for such. The count of `people.guests`."""
    return User.objects.guests().count() + _pending().filter(role__base=Role.Base.GUEST).count()


def _pending() -> QuerySet[Invitation]:
    return Invitation.objects.filter(status=Invitation.Status.PENDING, expires_at__gt=timezone.now())


def subtree_ids(department_ids: set[int]) -> frozenset[int]:
    """These departments and everything under them. One statement."""
    if not department_ids:
        return frozenset()
    table = connection.ops.quote_name(Department._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE under(id) AS ("  # noqa: S608 - the table's name is the model's own
            f" SELECT id FROM {table} WHERE id = ANY(%s)"
            f" UNION SELECT child.id FROM {table} child JOIN under ON child.parent_id = under.id"
            f") SELECT id FROM under",
            [list(department_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def department_ids_of(user: User) -> frozenset[int]:
    """The person's own department, and the subtrees of those they head."""
    own = frozenset() if user.department_id is None else frozenset({user.department_id})
    return own | subtree_ids(set(Department.objects.filter(head=user).values_list("id", flat=True)))


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
