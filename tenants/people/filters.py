"""By what the directory is searched."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from infra.kit.access import may
from tenants.people.domain.queries import department_choices, roles_in_order
from tenants.people.models import User
from tenants.people.models.department import subtree_ids
from tenants.people.models.user import UserQuerySet

SHOWN = (("employees", _("Employees")), ("guests", _("Guests")), ("inactive", _("Deactivated")))


def _departments() -> list[tuple[str, str]]:
    return [(str(row.pk), title) for row, title in department_choices()]


def _roles() -> list[tuple[str, str]]:
    return [(str(role.pk), role.title) for role in roles_in_order()]


class PeopleFilter(filters.FilterSet):
    """Department with all under it, role, and who is shown; deactivated people only when they are asked for."""

    department = filters.ChoiceFilter(label=_("Department"), choices=_departments, method="by_department")
    role = filters.ChoiceFilter(label=_("Role"), choices=_roles, method="by_role")
    shown = filters.ChoiceFilter(label=_("Who"), choices=SHOWN, method="as_it_is", empty_label=_("Everyone"))

    class Meta:
        model = User
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may(self.request.user, "people.person.manage"):
            self.filters["shown"].extra["choices"] = SHOWN[:2]
            self.filters.pop("role")

    def filter_queryset(self, queryset: UserQuerySet) -> UserQuerySet:
        people: UserQuerySet = super().filter_queryset(queryset)
        match self.form.cleaned_data.get("shown"):
            case "inactive":
                return people.filter(is_active=False)
            case "guests":
                return people.guests()
            case "employees":
                return people.employees()
        return people.active()

    def by_department(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        """The department and everything under it."""
        return people.filter(department__in=subtree_ids({int(value)}))

    def by_role(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        """Holders of one role."""
        return people.filter(role_id=int(value))

    def as_it_is(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        """Left to `filter_queryset`, which also answers when nothing is asked."""
        return people
