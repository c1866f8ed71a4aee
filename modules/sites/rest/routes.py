"""Addresses of sites in the API."""

from rest_framework.routers import SimpleRouter

from modules.sites.rest.viewsets.form import FormViewSet, SubmissionViewSet
from modules.sites.rest.viewsets.page import PageViewSet
from modules.sites.rest.viewsets.site import SiteViewSet


def register(router: SimpleRouter) -> None:
    """Sites, their pages and forms, and what visitors sent."""
    router.register("sites", SiteViewSet, basename="site")
    router.register("site-pages", PageViewSet, basename="site-page")
    router.register("site-forms", FormViewSet, basename="site-form")
    router.register("site-submissions", SubmissionViewSet, basename="site-submission")
