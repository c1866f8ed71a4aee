"""Addresses of this room in the API."""

from rest_framework.routers import SimpleRouter

from tenants.people.rest.places import DepartmentViewSet, RoleViewSet
from tenants.people.rest.viewsets import InvitationViewSet, PersonViewSet


def register(router: SimpleRouter) -> None:
    """People, departments, roles, invitations."""
    router.register("people", PersonViewSet, basename="person")
    router.register("departments", DepartmentViewSet, basename="department")
    router.register("roles", RoleViewSet, basename="role")
    router.register("invitations", InvitationViewSet, basename="invitation")
