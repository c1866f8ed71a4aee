"""What a browser gets through the links of both storages (promises 62, 63)."""

import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from infra.adapters.storage.local import LocalStorage
from infra.adapters.storage.s3 import S3Storage
from infra.db.current import enter
from tenants.portals.models import Portal

#: (declared type, file name) → (type told to the browser, shown or downloaded)
CASES = [
    ("image/png", "a.png", "image/png", "inline"),
    ("IMAGE/JPEG; x=1", "a.jpg", "image/jpeg", "inline"),
    ("text/plain", "a.txt", "text/plain; charset=utf-8", "inline"),
    ("application/pdf", "a.pdf", "application/pdf", "attachment"),
    ("text/html", "a.html", "application/octet-stream", "attachment"),
    ("image/svg+xml", "a.svg", "application/octet-stream", "attachment"),
    ("application/xml", "a.xml", "application/octet-stream", "attachment"),
    ("text/xml", "a.xml", "application/octet-stream", "attachment"),
    ("application/xhtml+xml", "a.xhtml", "application/octet-stream", "attachment"),
    ("text/javascript", "a.js", "application/octet-stream", "attachment"),
    ("application/x-shockwave-flash", "a.swf", "application/octet-stream", "attachment"),
    ("", "a", "application/octet-stream", "attachment"),
    ("image/png\r\nX-Evil: 1", "a.png", "application/octet-stream", "attachment"),
]


@pytest.mark.parametrize(("declared", "name", "told", "how"), CASES)
def test_local_links_are_safe(
    portal: Portal, anonymous: Callable[[Portal], Client], declared: str, name: str, told: str, how: str
) -> None:  # promise 62
    key = portal_key("files/polyglot")
    get_storage().put(key, b"<script>alert(1)</script>", declared)

    answer = anonymous(portal).get(get_storage().url(key, filename=name, content_type=declared))

    assert answer.status_code == 200
    assert answer["Content-Type"] == told
    assert answer["Content-Disposition"].partition(";")[0] == how
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "X-Evil" not in answer
    assert b"".join(answer) == b"<script>alert(1)</script>"


@pytest.mark.parametrize(("declared", "name", "told", "how"), CASES)
def test_s3_links_are_safe(s3_storage: S3Storage, declared: str, name: str, told: str, how: str) -> None:  # promise 62
    s3_storage.put("p_a/files/polyglot", b"<script>", "text/html")

    with urllib.request.urlopen(s3_storage.url("p_a/files/polyglot", filename=name, content_type=declared)) as answer:
        assert answer.headers["Content-Type"] == told
        assert answer.headers["Content-Disposition"].partition(";")[0] == how
        assert answer.read() == b"<script>"


def test_a_name_cannot_leave_its_header(portal: Portal, anonymous: Callable[[Portal], Client]) -> None:
    key = portal_key("files/one")
    get_storage().put(key, b"x", "text/plain")

    answer = anonymous(portal).get(
        get_storage().url(key, filename='a"; filename=evil.html\r\nX-Evil: 1', content_type="text/plain")
    )

    assert "X-Evil" not in answer
    assert "\n" not in answer["Content-Disposition"]


def test_a_link_dies_in_time(portal: Portal, anonymous: Callable[[Portal], Client]) -> None:  # promise 63
    key = portal_key("files/one")
    get_storage().put(key, b"x", "text/plain")
    link = get_storage().url(key, expires_s=60, filename="a.txt", content_type="text/plain")

    with time_machine.travel(timezone.now() + timedelta(seconds=59), tick=False):
        assert anonymous(portal).get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert anonymous(portal).get(link).status_code == 404


def test_a_link_of_one_portal_is_nothing_in_another(
    acme: Portal, globex: Portal, anonymous: Callable[[Portal], Client]
) -> None:  # promise 6
    with enter(acme):
        key = portal_key("files/one")
        get_storage().put(key, b"acme-canary", "text/plain")
        link = get_storage().url(key, filename="a.txt", content_type="text/plain")

    assert anonymous(acme).get(link).status_code == 200
    assert anonymous(globex).get(link).status_code == 404


def test_a_forged_link_is_nothing(portal: Portal, anonymous: Callable[[Portal], Client]) -> None:
    key = portal_key("files/one")
    get_storage().put(key, b"x", "text/plain")
    link = get_storage().url(key)

    assert anonymous(portal).get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert anonymous(portal).get("/storage/anything").status_code == 404


def test_keys_are_made_for_the_portal_entered_at_that_moment(acme: Portal, globex: Portal) -> None:  # promise 13
    with enter(acme):
        first = portal_key("files/same")
    with enter(globex):
        second = portal_key("files/same")
    assert (first, second) == (f"{acme.schema_name}/files/same", f"{globex.schema_name}/files/same")

    storage = get_storage()
    storage.put(first, b"acme", "text/plain")
    storage.put(second, b"globex", "text/plain")
    assert (storage.read(first), storage.read(second)) == (b"acme", b"globex")


def test_a_symbolic_link_inside_the_root_leads_nowhere(local_storage: LocalStorage) -> None:  # promise 64
    local_storage.put("p_a/files/one", b"x", "text/plain")
    (local_storage._root / "p_a" / "files" / "out").symlink_to("/etc")

    with pytest.raises(LookupError):
        local_storage.read("p_a/files/out/hostname")
