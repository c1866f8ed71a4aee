"""Which host leads where."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from infra.db.owner import owner_connection
from tenants.portals.hosts import PortalHost, PublicHostHit, ServiceHost, normal_host, resolve_host
from tenants.portals.models import MigrationState, Portal, PublicHost


# promise 14
@pytest.mark.parametrize(
    "host",
    ["ACME.portal.localhost", "acme.portal.localhost.", "acme.portal.localhost:8000", "Acme.Portal.LocalHost.:80"],
)
def test_one_host_in_many_spellings(acme: Portal, host: str) -> None:
    assert resolve_host(host) == PortalHost("acme.portal.localhost", acme)


# promise 14
@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "evil.example",
        "portal.localhost.evil.example",
        "xacme.portal.localhost",
        "acme.portal.localhost@evil.example",
        "acme.portal.localhost/evil",
        "acme.portal.localhost:99999999",
        "acme..portal.localhost",
        "[::1]",
        "127.0.0.1",
        "acme.portal.localhost\r\nX: y",
        "аcme.portal.localhost",  # a Cyrillic а
        "a" * 300,
        "acme.portal.localhost:80:80",
        ".portal.localhost",
    ],
)
def test_unknown_hosts_get_404_and_nothing_else(acme: Portal, host: str) -> None:
    assert resolve_host(host) is None
    if host.isascii() and host.isprintable():
        answer = Client().get("/", headers={"host": host or "none.example"})
        assert (answer.status_code, answer.content) == (404, b"Not found.")


def test_the_service_and_what_is_published(acme: Portal) -> None:
    assert resolve_host("portal.localhost:8000") == ServiceHost("portal.localhost")
    PublicHost.objects.create(host="shop.pages.localhost", portal=acme, module="sites", ref=7, root="r")
    assert resolve_host("Shop.pages.localhost") == PublicHostHit(
        "shop.pages.localhost", acme, "sites", 7, "r", published=False
    )


def test_spelling_is_bounded() -> None:
    assert normal_host("a" * 64 + ".example") == ""
    assert normal_host("a_b-c.example") == "a_b-c.example"


# promise 44
def test_schema_that_does_not_fit_is_not_served(acme: Portal, anonymous: Callable[[Portal], Client]) -> None:
    client = anonymous(acme)
    for wrong in ({"broken": True}, {"broken": False, "fingerprint": "of an older release"}):
        MigrationState.objects.filter(pk=acme.schema_name).update(**wrong)
        page = client.get("/account/login/")
        assert (page.status_code, page["Retry-After"]) == (503, "60")
        assert "is being updated" in page.content.decode()
        api = client.get("/api/v1/me")
        assert (api.status_code, api.json()["code"]) == (503, "updating")
    assert client.get("/healthz").status_code == 200


@pytest.mark.commits
def test_new_host_is_known_at_once_and_a_gone_one_forgotten(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    host = f"other-{portal.slug}.{settings.BASE_DOMAIN}"
    assert resolve_host(host) is None
    insert = (
        "INSERT INTO portals_domain (domain, tenant_id, is_primary, kind, created_at)"
        " VALUES (%s, %s, false, 'address', now())"
    )
    remove = "DELETE FROM portals_domain WHERE domain = %s"
    statements: list[tuple[str, list[object], int | None]] = [
        (insert, [host, portal.pk], portal.pk),
        (remove, [host], None),
    ]
    for statement, values, expected in statements:
        with owner_connection() as raw:
            raw.execute(statement, values)  # somebody else's process
        for _attempt in range(200_000):  # the announcement needs a moment, what is remembered lives for seconds
            hit = resolve_host(host)
            if (hit and hit.portal.pk) == expected:
                break
        else:
            pytest.fail("the change was not heard")
