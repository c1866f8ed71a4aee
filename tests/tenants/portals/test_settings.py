"""The company's settings, by screen and by API."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from infra.adapters.storage import get_storage
from infra.audit.models import AuditEntry
from infra.kit.errors import Conflict, Invalid
from tenants.people.models import User
from tenants.portals.domain.email_index import find_portals, forget_email, remember_email
from tenants.portals.domain.logo import set_logo
from tenants.portals.domain.settings import change_settings
from tenants.portals.models import EmailIndex, Portal

VALUES = {"name": "Acme GmbH", "locale": "ru", "region": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}


def picture(size: tuple[int, int] = (20, 10)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


def test_screen(portal: Portal, carol: User, bob: User, as_: Callable[[User], Client]) -> None:
    client = as_(carol)
    assert client.get("/settings/company/").status_code == 200
    assert client.post("/settings/company/", VALUES | {"version": 0}).status_code == 302
    portal.refresh_from_db()
    assert {name: getattr(portal, name) for name in VALUES} == VALUES
    wrong = client.post("/settings/company/", VALUES | {"version": 1, "name": " "})
    assert wrong.status_code == 400
    entry = AuditEntry.objects.get(action="portal.change_settings")
    assert entry.changes["name"] == ["Acme", "Acme GmbH"]
    assert as_(bob).get("/settings/company/").status_code == 403
    assert as_(bob).post("/settings/company/", VALUES | {"version": 1}).status_code == 403


# promise 49
def test_older_version_overwrites_nothing(portal: Portal, alice: User) -> None:
    change_settings(actor=alice, portal=portal, version=0, name="First")
    with pytest.raises(Conflict):
        change_settings(actor=alice, portal=portal, version=0, name="Second")
    assert Portal.objects.get(pk=portal.pk).name == "First"


def test_api(portal: Portal, alice: User, bob: User, api: Callable[..., Client]) -> None:
    client = api(alice)
    seen = client.get("/api/v1/portal/settings")
    assert (seen.status_code, seen.json()["address"], seen["ETag"]) == (200, "acme", '"0"')
    change = {"data": {"currency": "EUR"}, "content_type": "application/json"}
    assert client.patch("/api/v1/portal/settings", **change).status_code == 428
    assert client.patch("/api/v1/portal/settings", **change, headers={"if-match": '"7"'}).status_code == 412
    done = client.patch("/api/v1/portal/settings", **change, headers={"if-match": '"0"'})
    assert (done.status_code, done.json()["currency"], done.json()["name"]) == (200, "EUR", "Acme")
    refused = api(bob).patch("/api/v1/portal/settings", **change, headers={"if-match": '"1"'})
    assert refused.status_code == 403
    for field in ("status", "address", "is_operator", "schema_name"):  # promise 27
        answer = client.patch(
            "/api/v1/portal/settings", {field: "x"}, content_type="application/json", headers={"if-match": '"1"'}
        )
        assert answer.status_code == 400


def test_logo_is_drawn_anew(
    portal: Portal,
    carol: User,
    as_: Callable[[User], Client],
    anonymous: Callable[..., Client],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    client = as_(carol)
    upload = SimpleUploadedFile("logo.svg", picture((2000, 1000)), "image/svg+xml")
    assert client.post("/settings/company/logo/", {"logo": upload}).status_code == 302
    shown = anonymous(portal).get("/portal/logo.png")
    assert shown["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.format, image.size) == ("PNG", (512, 256))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/settings/company/logo/", {"remove": "1"})
    assert list(get_storage().iterate(f"{portal.schema_name}/logo")) == []
    assert anonymous(portal).get("/portal/logo.png").status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a", picture()[:50], b"x" * (5 * 1024 * 1024 + 1)]
)
def test_no_picture_no_logo(portal: Portal, alice: User, content: bytes) -> None:
    before = list(get_storage().iterate(f"{portal.schema_name}/logo"))
    with pytest.raises(Invalid) as refused:
        set_logo(actor=alice, portal=portal, content=content)
    assert list(refused.value.fields) == ["logo"]
    assert Portal.objects.get(pk=portal.pk).logo_key == ""
    assert list(get_storage().iterate(f"{portal.schema_name}/logo")) == before


def test_index_finds_portals_without_knowing_addresses(acme: Portal, globex: Portal) -> None:
    for portal in (acme, globex, acme):
        remember_email(portal=portal, email=" Both@Example.com ")
    assert find_portals(email="both@example.com") == [acme, globex]
    assert not EmailIndex.objects.filter(digest__icontains="example").exists()
    forget_email(portal=acme, email="BOTH@example.com")
    assert find_portals(email="both@example.com") == [globex]
    assert find_portals(email="nobody@example.com") == []
