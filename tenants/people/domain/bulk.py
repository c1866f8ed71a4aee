"""What is done to many people at once: to all of them or to nobody."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from tenants.people.domain.person import change_role, deactivate_person, place_person, reactivate_person
from tenants.people.models import Department, Role, User
from tenants.people.models.user import UserQuerySet


def place_people(*, actor: User, people: UserQuerySet, department: Department | None) -> int:
    """Move them to a department, or to none; how many. Raises what `place_person` raises."""
    return _each(people, lambda person: place_person(actor=actor, person=person, department=department))


def change_roles(*, actor: User, people: UserQuerySet, role: Role) -> int:
    """Give them another role; how many. Raises what `change_role` raises."""
    return _each(people, lambda person: change_role(actor=actor, person=person, role=role))


def deactivate_people(*, actor: User, people: UserQuerySet) -> int:
    """Take all access away from those who have it; how many. Raises what `deactivate_person` raises."""
    return _each(people.filter(is_active=True), lambda person: deactivate_person(actor=actor, person=person))


def reactivate_people(*, actor: User, people: UserQuerySet) -> int:
    """Give access back to those without; how many. Raises what `reactivate_person` raises."""
    return _each(people.filter(is_active=False), lambda person: reactivate_person(actor=actor, person=person))


def _each(people: UserQuerySet, do: Callable[[User], object]) -> int:
    with transaction.atomic():
        chosen = list(people.order_by("id"))
        for person in chosen:
            do(person)
    return len(chosen)
