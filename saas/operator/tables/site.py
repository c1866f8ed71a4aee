"""The site: who gets in, and which tables are there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import never_cache

from infra.db.current import current_portal
from infra.kit.access import may
from infra.kit.errors import NotFound
from infra.kit.registry import registry
from infra.kit.screens import screen
from saas.operator.domain.support import CONSOLE
from saas.operator.tables.portal import PortalTable
from saas.operator.tables.table import Table
from saas.settings.apps import SHARED_APPS
from tenants.portals.models import Portal


class TableSite(AdminSite):
    """Signed in by the portal's session; outside of the operator's portal there is nothing here."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person runs the service."""
        return bool(current_portal().is_operator) and may(request.user, CONSOLE)  # type: ignore[arg-type]  # who is signed in

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """`view` behind the console's gate."""

        guarded = screen(permission=CONSOLE, methods=("GET", "POST"))(never_cache(view))

        @functools.wraps(guarded)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not current_portal().is_operator:
                raise NotFound
            return guarded(request, *args, **kwargs)

        return inside

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The list of tables and each table's pages; no sign-in, password or deletion pages of the admin's own."""
        found: list[URLPattern | URLResolver] = [path("", self.admin_view(self.tables), name="index")]
        for model, table in self._registry.items():
            found.append(path(f"{model._meta.app_label}/{model._meta.model_name}/", include(table.urls)))
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing: the frame is the portal's, without the admin's own side bar and log."""
        return {}

    def tables(self, request: HttpRequest) -> HttpResponse:
        """Every table, by the room that keeps it."""
        groups: dict[str, list[Any]] = {}
        for table in self._registry.values():
            groups.setdefault(room_of(table.model), []).append(table)
        return render(request, "operator/tables/index.html", {"groups": sorted(groups.items())})


def room_of(model: type[Any]) -> str:
    """Who keeps the table, by the name that the house knows the room by."""
    label = model._meta.app_label
    spec = registry.modules.get(label) or registry.modules.get(label.partition("_")[0])
    return str(spec.title if spec is not None else apps.get_app_config(label).verbose_name)


def shared_models() -> list[type[Any]]:
    """The models of the public schema."""
    shared = [config for config in apps.get_app_configs() if config.name in SHARED_APPS]
    return [model for config in shared for model in config.get_models()]


tables = TableSite(name="tables")
for _model in shared_models():
    tables.register(_model, PortalTable if _model is Portal else Table)
