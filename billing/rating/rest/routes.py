"""Addresses of calls and prices in the API."""

from rest_framework.routers import SimpleRouter

from billing.rating.rest.viewsets import CallViewSet, PriceViewSet


def register(router: SimpleRouter) -> None:
    """`/calls` and `/call-prices/check`."""
    router.register("calls", CallViewSet, basename="calls")
    router.register("call-prices", PriceViewSet, basename="call-prices")
