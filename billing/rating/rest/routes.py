"""Addresses of calls and prices in the API."""

from rest_framework.routers import SimpleRouter

from billing.rating.rest.packs import MinutePackViewSet
from billing.rating.rest.viewsets import CallViewSet, PriceViewSet


def register(router: SimpleRouter) -> None:
    """`/calls`, `/call-prices/check` and `/minute-packs`."""
    router.register("calls", CallViewSet, basename="calls")
    router.register("minute-packs", MinutePackViewSet, basename="minute-packs")
    router.register("call-prices", PriceViewSet, basename="call-prices")
