"""Start-up checks: no table in two places, no key across schemas, no connection that mixes portals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models

from infra.db.models import PortalModel, PortalQuerySet
from infra.db.router import lives_in_portals

FLOORS = ("infra", "tenants", "billing", "modules", "saas")


def check_places(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Each table has one place; portal tables of ours refuse to work outside of it (promises 2, 3, 8)."""
    found: list[CheckMessage] = []
    for app in sorted(set(settings.SHARED_APPS) & set(settings.TENANT_APPS)):  # type: ignore[misc]  # lists of names
        found.append(Error(f"{app} is in SHARED_APPS and in TENANT_APPS; keep one", id="db.E001"))
    for model in apps.get_models():
        inside = lives_in_portals(model._meta.app_label)
        ours = model.__module__.split(".")[0] in FLOORS
        if inside and ours and not issubclass(model, PortalModel):
            found.append(Error("a portal's table derives from infra.db.models.PortalModel", obj=model, id="db.E002"))
        elif inside and ours and not issubclass(model._default_manager._queryset_class, PortalQuerySet):  # type: ignore[attr-defined]  # of from_queryset
            found.append(Error("its manager must give PortalQuerySets", obj=model, id="db.E003"))
        if not inside and issubclass(model, PortalModel):
            found.append(Error("a shared table cannot derive from PortalModel", obj=model, id="db.E004"))
        for field in model._meta.get_fields(include_hidden=True):
            target = getattr(field, "related_model", None)
            if not (field.concrete and isinstance(target, type) and issubclass(target, models.Model)):
                continue
            if lives_in_portals(target._meta.app_label) != inside:
                found.append(Error(f"{field.name} crosses from a portal to public", obj=model, id="db.E005"))
    return found


def check_connection(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Connections live ten minutes at most and never prepare statements (memory and search paths, see README)."""
    found: list[CheckMessage] = []
    database = settings.DATABASES["default"]
    age = database.get("CONN_MAX_AGE", 0)
    if age is None or age > 600:
        found.append(Error("CONN_MAX_AGE is 600 seconds at most: a backend never gives memory back", id="db.E010"))
    if database.get("OPTIONS", {}).get("prepare_threshold", 5) is not None:
        found.append(Error("OPTIONS['prepare_threshold'] must be None: plans outlive the search path", id="db.E011"))
    for alias, cache in settings.CACHES.items():
        if cache.get("KEY_FUNCTION") != "infra.db.cache.key":
            found.append(Error(f"CACHES[{alias!r}] must use KEY_FUNCTION infra.db.cache.key", id="db.E012"))
    return found


def install() -> None:
    """Have the checks run at start-up."""
    register(check_places, Tags.models)
    register(check_connection, Tags.caches)
