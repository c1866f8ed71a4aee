"""Every refusal is problem JSON with a code."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead

ApiClient = Callable[..., Client]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/api/v1/nothing", None, 404, "not_found"),
        ("post", "/api/v1/nothing/at/all/", "{}", 404, "not_found"),
        ("get", "/api/v1/leads/999999", None, 404, "not_found"),
        ("get", "/api/v1/leads/99999999999999999999", None, 404, "not_found"),
        ("get", "/api/v1/leads/9223372036854775808", None, 404, "not_found"),
        ("get", "/api/v1/leads/0", None, 404, "not_found"),
        ("put", "/api/v1/leads", "{}", 405, "method_not_allowed"),
        ("delete", "/api/v1/me", None, 405, "method_not_allowed"),
        ("post", "/api/v1/leads", "{", 400, "malformed"),
        ("post", "/api/v1/leads", "[]", 400, "invalid"),
        ("post", "/api/v1/leads", '"text"', 400, "invalid"),
        ("get", "/api/v1/leads?limit=0", None, 400, "bad_limit"),
        ("get", "/api/v1/leads?limit=201", None, 400, "bad_limit"),
        ("get", "/api/v1/leads?limit=x", None, 400, "bad_limit"),
        ("get", "/api/v1/leads?limit=000000001999999", None, 400, "bad_limit"),
        ("get", "/api/v1/leads?after=!!", None, 400, "bad_cursor"),
        ("get", "/api/v1/leads?after=W10", None, 400, "bad_cursor"),
        ("get", "/api/v1/leads?order=secret", None, 400, "bad_order"),
        ("get", "/api/v1/leads?count=all", None, 400, "bad_count"),
        ("get", "/api/v1/leads?colour=red", None, 400, "unknown_filter"),
        ("get", "/api/v1/leads?stage=x", None, 400, "invalid"),
        ("get", "/api/v1/leads?created_at_after=yesterday", None, 400, "invalid"),
    ],
)
def test_refusals(
    portal: Portal, api: ApiClient, alice: User, method: str, path: str, body: str | None, status: int, code: str
) -> None:
    answer = api(alice).generic(method.upper(), path, body or "", content_type="application/json")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["title"]
    assert document["type"].endswith(code)
    assert Lead.objects.filter(title="{").count() == 0


def test_nobody_signed_in(acme: Portal, anonymous: Callable[[Portal], Client]) -> None:
    answer = anonymous(acme).get("/api/v1/leads")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_wrong_media_types(portal: Portal, api: ApiClient, alice: User) -> None:
    sent = api(alice).post("/api/v1/leads", "title=x", content_type="application/x-www-form-urlencoded")
    assert (sent.status_code, sent.json()["code"]) == (415, "unsupported_media_type")
    asked = api(alice).get("/api/v1/leads", headers={"Accept": "text/csv"})
    assert (asked.status_code, asked.json()["code"]) == (406, "not_acceptable")


def test_a_405_says_what_is_allowed(portal: Portal, api: ApiClient, alice: User) -> None:
    answer = api(alice).put("/api/v1/leads", "{}", content_type="application/json")
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_browser_session_needs_the_csrf_token(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    client = as_(alice)
    client.handler.enforce_csrf_checks = True
    answer = client.post("/api/v1/leads", '{"title": "X"}', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")
    assert Lead.objects.filter(title="X").count() == 0
    assert client.get("/api/v1/leads").status_code == 200


def test_foreign_ids_are_404(  # promise 1
    portal: Portal, api: ApiClient, alice: User, bob: User, charlie: User
) -> None:
    mine = lead(alice)
    theirs = lead(charlie, title="globex-canary")
    for client in (api(bob), api(charlie)):
        if theirs.pk == mine.pk:
            continue
        assert client.get(f"/api/v1/leads/{mine.pk}").status_code == 404
    assert (
        api(bob)
        .patch(f"/api/v1/leads/{mine.pk}", '{"title": "x"}', content_type="application/json", headers={"If-Match": "*"})
        .status_code
        == 404
    )
    assert "globex-canary" not in api(alice).get("/api/v1/leads?q=globex").content.decode()


def test_a_body_without_end_is_not_read(portal: Portal, api: ApiClient, alice: User, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = json.dumps({"title": "x" * 1000})
    plain = api(alice).post("/api/v1/leads", body, content_type="application/json")
    keyed = api(alice).post("/api/v1/leads", body, content_type="application/json", headers={"Idempotency-Key": "k"})
    assert [(answer.status_code, answer.json()["code"]) for answer in (plain, keyed)] == [(413, "too_large")] * 2
    assert not Lead.objects.filter(title__startswith="xx").exists()
