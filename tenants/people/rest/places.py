"""Departments and roles over REST."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Invalid, UnknownName
from infra.kit.registry import registry
from infra.kit.spec import Scope
from tenants.people.domain import department as departments
from tenants.people.domain import role as roles
from tenants.people.domain.access import department_for, person_for
from tenants.people.domain.queries import visible_departments, visible_roles
from tenants.people.models import Department, Role, User
from tenants.people.rest.serializers import DepartmentSerializer, MoveDepartmentSerializer, RoleSerializer


class DepartmentViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """The company's tree, flat: each department names the one above."""

    permissions = {
        "list": "people.person.view",
        "retrieve": "people.person.view",
        **dict.fromkeys(("create", "partial_update", "destroy", "move"), "people.department.manage"),
    }
    serializer_class = DepartmentSerializer

    def rows(self, actor: Actor) -> QuerySet[Department]:
        return visible_departments()

    def create(self, request: Request) -> Response:
        """Add a department."""
        values = self.read()
        made = departments.create_department(
            actor=self.actor,
            name=values["name"],
            parent=self._place(values.get("parent_id")),
            head=self._head(values.get("head_id")),
        )
        return self.show(made, 201, reverse("api-v1:department-detail", args=[made.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename it, change its head or what it is part of."""
        row = self.get_object()
        version = check_match(request, row)
        values = self.read()
        with transaction.atomic():
            row = departments.edit_department(
                actor=self.actor,
                department=row,
                name=values.get("name", row.name),
                head=self._head(values.get("head_id", row.head_id)),
                version=version,
            )
            if "parent_id" in values and values["parent_id"] != row.parent_id:
                parent = self._place(values["parent_id"])
                row = departments.move_department(actor=self.actor, department=row, parent=parent)
        return self.show(row)

    def destroy(self, request: Request, pk: str) -> Response:
        """Dissolve it; its people and branches pass to the one above."""
        row = self.get_object()
        check_match(request, row)
        departments.delete_department(actor=self.actor, department=row)
        return Response(status=204)

    @extend_schema(request=MoveDepartmentSerializer, responses=DepartmentSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Hang it elsewhere."""
        values = self.read(MoveDepartmentSerializer)
        moved = departments.move_department(
            actor=self.actor,
            department=self.get_object(),
            parent=self._place(values["parent"]),
            before=self._place(values.get("before")),
        )
        return self.show(moved)

    def _place(self, department_id: int | None) -> Department | None:
        return department_for(self.actor, department_id) if department_id else None

    def _head(self, person_id: int | None) -> User | None:
        return person_for(self.actor, person_id) if person_id else None


class RoleViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Roles and what they may do."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update", "destroy"), "people.role.manage")
    serializer_class = RoleSerializer

    def rows(self, actor: Actor) -> QuerySet[Role]:
        return visible_roles()

    def create(self, request: Request) -> Response:
        """Add a role that starts from the rights of `base`."""
        values = self.read()
        made = roles.create_role(
            actor=self.actor,
            name=values.get("name", ""),
            base=values.get("base", Role.Base.EMPLOYEE),
            description=values.get("description", ""),
            permissions=_known(values.get("permissions", {})),
        )
        return self.show(made, 201, reverse("api-v1:role-detail", args=[made.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, description or rights; permissions that are not named stay as they are."""
        role = self.get_object()
        version = check_match(request, role)
        values: dict[str, Any] = self.read()
        if "base" in values and values["base"] != role.base:
            raise Invalid(fields={"base": [_("A role keeps what it started from.")]})
        now = {item.key: role.scope(item.key) for item in registry.permissions_here()}
        changed = roles.edit_role(
            actor=self.actor,
            role=role,
            name=values.get("name", role.name),
            description=values.get("description", role.description),
            permissions={**now, **_known(values.get("permissions", {}))},
            version=version,
        )
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a role that nobody holds."""
        role = self.get_object()
        check_match(request, role)
        roles.delete_role(actor=self.actor, role=role)
        return Response(status=204)


def _known(permissions: dict[str, Scope]) -> dict[str, Scope]:
    """The scopes as they are. Raises Invalid (field `permissions`) for a permission that no module declares."""
    for key in permissions:
        try:
            registry.permission(key)
        except UnknownName as error:
            raise Invalid(fields={"permissions": [str(error)]}) from error
    return permissions
