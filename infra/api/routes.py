"""The API's addresses, gathered from the registry."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from infra.api.batch import BatchViewSet
from infra.api.rest import MeViewSet, TokenViewSet
from infra.kit.registry import registry


class Router(SimpleRouter):
    """DRF's router; PUT is left out, since a change names only what it changes (PATCH)."""


def register(router: SimpleRouter) -> None:
    """The kit's own resources."""
    router.register("tokens", TokenViewSet, basename="token")
    router.register("batch", BatchViewSet, basename="batch")


_gathered: list[Router] = []


def router() -> Router:
    """One router with what every module registers. Modules that lack `register` stop the start-up."""
    if not _gathered:
        made = Router(trailing_slash=False)
        for spec in registry.modules.values():
            if spec.rest:
                import_module(spec.rest).register(made)
        _gathered.append(made)
    return _gathered[0]


def urls() -> list[URLPattern | URLResolver]:
    """Everything under /api/v1/ that the registry knows, and the kit's own `me`."""
    return [path("me", MeViewSet.as_view({"get": "retrieve"}), name="me"), *router().urls]
