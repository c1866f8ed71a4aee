"""Start-up checks: a route that declares no permission, or an unknown one, does not start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from rest_framework.routers import SimpleRouter

from infra.api.viewsets import ANY_PERSON, PortalViewSet
from infra.kit.errors import UnknownName
from infra.kit.registry import registry


@register("api")
def every_action_declares_its_permission(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django's hook."""
    from infra.api.routes import router

    return [Error(text, id="api.E001") for text in faults_of(router())]


def faults_of(router: SimpleRouter) -> Iterator[str]:
    """What is wrong with the sets of `router`, one sentence each."""
    for prefix, viewset, _basename in router.registry:
        name = f"/{prefix} ({viewset.__name__})"
        if not issubclass(viewset, PortalViewSet):
            yield f"{name} is no PortalViewSet"
            continue
        for action in actions_of(router, viewset):
            permission = viewset.permissions.get(action)
            if permission is None:
                yield f"{name}: action {action!r} declares no permission"
            elif permission != ANY_PERSON:
                try:
                    registry.permission(permission)
                except UnknownName:
                    yield f"{name}: action {action!r} names the unknown permission {permission!r}"
        if viewset.feature:
            try:
                registry.feature(viewset.feature)
            except UnknownName:
                yield f"{name} names the unknown feature {viewset.feature!r}"


def actions_of(router: SimpleRouter, viewset: type[PortalViewSet]) -> set[str]:
    """Names of all actions that `router` opens on `viewset`."""
    found: set[str] = set()
    for route in router.get_routes(viewset):
        found |= set(router.get_method_map(viewset, route.mapping).values())
    return found
