"""The end of a portal: nothing of it is found again, and its names are never given to anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from infra.db.current import enter
from infra.db.owner import owner_connection
from infra.jobs import window
from infra.jobs.broker import broker
from infra.kit.errors import Conflict, Invalid, NotFound
from tenants.portals.domain import erase
from tenants.portals.domain.erase import erase_due_portals, erase_portal
from tenants.portals.hosts import resolve_host
from tenants.portals.models import Domain, EmailIndex, MigrationState, Portal, PublicHost, RetiredName
from tenants.portals.public import claim_portal, find_portals

pytestmark = pytest.mark.commits


def schemas() -> set[str]:
    with owner_connection() as raw:
        return {row[0] for row in raw.execute("SELECT nspname FROM pg_namespace")}


def closing(portal: Portal) -> Portal:
    Portal.objects.filter(pk=portal.pk).update(
        status=Portal.Status.CLOSING, erase_after=timezone.now() - timedelta(seconds=1)
    )
    portal.refresh_from_db()
    return portal


def rows_of(link: Any, portal: Portal) -> int:
    """How many rows of another shared table speak of `portal`."""
    return int(link.field.model._default_manager.filter(**{link.field.name: portal}).count())


# promise 16
def test_everything_goes(fresh_portal: Callable[..., Portal]) -> None:
    portal, stays = fresh_portal("Initech"), fresh_portal("Umbrella")
    slug, host = str(portal.slug), portal.host
    for one in (portal, stays):
        PublicHost.objects.create(host=f"{one.slug}.pages.localhost", portal=one, module="sites", ref=1)
        with enter(one):
            get_storage().put(portal_key("files/a.txt"), b"canary", "text/plain")
            cache.set("canary", one.name)
            for number in range(40):
                window.admit("default", one.schema_name, f"{one.schema_name}-{number}", {"task": "x"})
    email = f"olivia@{slug}.example"
    assert find_portals(email=email) == [portal]

    closing(portal)
    assert erase_due_portals() == 1

    schema = portal.schema_name
    assert schema not in schemas()
    assert list(get_storage().iterate(schema)) == []
    assert find_portals(email=email) == []
    assert resolve_host(host) is None
    with enter(schema):
        assert cache.get("canary") is None
    assert not list(broker().scan_iter(match=f"*{schema}*"))
    assert not Domain.objects.filter(tenant=portal).exists()
    assert not PublicHost.objects.filter(portal=portal).exists()
    assert not EmailIndex.objects.filter(portal=portal).exists()
    assert not MigrationState.objects.filter(pk=schema).exists()
    kept = {link.field.model.__name__: rows_of(link, portal) for link in Portal._meta.related_objects}
    assert set(kept.values()) == {0}, kept
    assert rows_of(Portal._meta.get_field("subscription"), stays) == 1
    left = Portal.objects.get(pk=portal.pk)
    assert (left.status, left.name, left.slug) == ("erased", "", None)

    assert stays.schema_name in schemas()
    assert len(list(get_storage().iterate(stays.schema_name))) == 1
    assert resolve_host(stays.host) is not None
    with enter(stays):
        assert cache.get("canary") == stays.name

    with pytest.raises(Invalid) as refused:
        claim_portal(name="Initech again", address=slug)
    assert refused.value.code == "address_taken"
    assert RetiredName.objects.filter(kind="schema").exists()
    assert slug not in set(RetiredName.objects.values_list("digest", flat=True))
    with pytest.raises(NotFound):
        erase_portal(portal=portal)


# promise 16
@pytest.mark.parametrize("state", [{"status": "active", "erase_after": None}, {"status": "closing", "days": 1}])
def test_only_what_is_due(fresh_portal: Callable[..., Portal], state: dict[str, object]) -> None:
    portal = fresh_portal()
    days = state.pop("days", None)
    if days:
        state["erase_after"] = timezone.now() + timedelta(days=1)
    Portal.objects.filter(pk=portal.pk).update(**state)
    with pytest.raises(Conflict):
        erase_portal(portal=portal)
    assert erase_due_portals() == 0
    assert portal.schema_name in schemas()
    assert resolve_host(portal.host) is not None


# promise 16
@pytest.mark.parametrize("step", ["get_storage", "_drop_schema", "_forget_cached"])
def test_interrupted_work_is_ended_by_the_next_run(
    fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    portal = closing(fresh_portal())

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(erase, step, fail)
        assert erase_due_portals() == 0
    erase_due_portals()
    assert portal.schema_name not in schemas()
    assert Portal.objects.get(pk=portal.pk).status == "erased"
