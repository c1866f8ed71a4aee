"""Which table belongs where: shared tables in public, portal tables in portals, nothing in both."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django_tenants.routers import TenantSyncRouter

from infra.db.connections import PUBLIC, wire
from infra.kit.errors import NoPortal


@cache
def lives_in_portals(app_label: str) -> bool:
    """Whether the app's tables are in each portal's schema (TENANT_APPS) rather than in public."""
    config = apps.get_app_config(app_label)
    return bool({config.name, f"{config.__module__}.{type(config).__qualname__}"} & set(settings.TENANT_APPS))


class PortalRouter(TenantSyncRouter):
    """Migrates each table into its own kind of schema only, and refuses portal tables while no portal is entered."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Raises NoPortal for a portal's table on public, third-party tables included (promise 2)."""
        if lives_in_portals(model._meta.app_label) and wire().schema_name == PUBLIC:
            raise NoPortal
        return None

    db_for_write = db_for_read

    def allow_relation(self, left: models.Model, right: models.Model, **hints: Any) -> bool | None:
        """No relation crosses from a portal to public."""
        return lives_in_portals(left._meta.app_label) == lives_in_portals(right._meta.app_label)
