"""The room's addresses in the API."""

from rest_framework.routers import SimpleRouter

from tenants.portals.rest.viewsets import DomainViewSet, PortalSettingsViewSet


def register(router: SimpleRouter) -> None:
    """`/portal/settings`, `/domains`."""
    router.register("portal", PortalSettingsViewSet, basename="portal")
    router.register("domains", DomainViewSet, basename="domain")
