"""Addresses of CRM in the API."""

from rest_framework.routers import SimpleRouter

from modules.crm.rest.viewsets import LeadViewSet, PipelineViewSet


def register(router: SimpleRouter) -> None:
    """Leads and pipelines."""
    router.register("leads", LeadViewSet, basename="lead")
    router.register("pipelines", PipelineViewSet, basename="pipeline")
