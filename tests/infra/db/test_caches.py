"""Nothing one portal remembered is served to another."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache, caches
from django.core.checks import run_checks
from django_tenants.utils import schema_context

from infra.db.checks import check_connection
from infra.db.current import enter
from infra.db.errors import WrongSchema
from tenants.people.models import User
from tenants.portals.models import Portal


# promise 9
@pytest.mark.parametrize("alias", sorted(settings.CACHES))
def test_key_carries_the_schema(acme: Portal, globex: Portal, alias: str) -> None:
    with enter(acme):
        caches[alias].set("canary", "acme-canary")
        asyncio.run(caches[alias].aset("async-canary", "acme-canary"))
        assert caches[alias].make_key("x").startswith(f"{acme.schema_name}:")
    with enter(globex):
        assert caches[alias].get("canary") is None
        assert asyncio.run(caches[alias].aget("async-canary")) is None
    assert cache.get("canary") is None
    with enter(acme):
        assert caches[alias].get("canary") == "acme-canary"
        assert asyncio.run(caches[alias].aget("async-canary")) == "acme-canary"


# promise 9
def test_key_of_another_portal_than_the_connections(acme: Portal, globex: Portal) -> None:
    with enter(acme), schema_context(globex.schema_name), pytest.raises(WrongSchema):
        cache.get("canary")


# promise 9
def test_cache_without_the_schema_stops_the_start(settings: object) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert [error.id for error in check_connection()] == ["db.E012"]


# promise 12
def test_content_types_are_each_portals_own(acme: Portal, globex: Portal) -> None:
    with enter(globex):
        kind = ContentType.objects.get_for_model(User)
        Permission.objects.all().delete()
        ContentType.objects.filter(pk=kind.pk).delete()
        ContentType.objects.clear_cache()
        moved = ContentType.objects.create(app_label="people", model="user")
        assert moved.pk != kind.pk
    for _ in range(2):
        with enter(acme):
            assert ContentType.objects.get_for_model(User).pk == kind.pk
            assert ContentType.objects.get_by_natural_key("people", "user").pk == kind.pk
        with enter(globex):
            assert ContentType.objects.get_for_model(User).pk == moved.pk
            assert ContentType.objects.get_for_id(moved.pk) == moved


def test_the_house_keeps_its_own_rules(db: None) -> None:
    assert [error for error in run_checks() if (error.id or "").startswith("db.")] == []
