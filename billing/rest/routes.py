"""Billing's addresses in the API."""

from rest_framework.routers import SimpleRouter

from billing.rest.viewsets import BillingViewSet


def register(router: SimpleRouter) -> None:
    """`/billing/plan`."""
    router.register("billing", BillingViewSet, basename="billing")
