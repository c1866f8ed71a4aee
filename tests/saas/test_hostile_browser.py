"""What a hostile page, link or header can make a signed-in browser do: nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from infra.db.current import enter
from modules.crm.models import Lead
from tenants.people.models import Department, User
from tenants.portals.models import Portal
from tests.support import clients
from tests.support.portals import PASSWORD

As = Callable[[User], Client]
ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://acme.portal.localhost@evil.example/",
    "\t//evil.example",
)


def strict(user: User) -> Client:
    """A browser as it is: without Django's leave for tests to skip the CSRF token."""
    portal = clients.portal_of(user)
    client = Client(enforce_csrf_checks=True, SERVER_NAME=portal.host, HTTP_HOST=portal.host)
    client.cookies = clients.signed_in(user).cookies
    return client


@pytest.mark.parametrize(
    "origin",
    [f"http://anna.{settings.SITES_DOMAIN}", f"http://globex.{settings.BASE_DOMAIN}", "null", "https://evil.example"],
)
def test_a_foreign_page_changes_nothing_even_with_the_token(acme: Portal, alice: User, origin: str) -> None:
    client = strict(alice)
    client.get("/people/departments/add/")
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    form = {"name": "Planted", "parent": "", "csrfmiddlewaretoken": token}
    answers = [
        client.post("/people/departments/add/", form, headers={"Origin": origin}),
        client.post("/people/departments/add/", form, headers={"Origin": origin, "X-CSRFToken": token}),
        client.post("/api/v1/leads", json.dumps({"title": "Planted"}), content_type="application/json"),
        client.post("/api/v1/leads", '{"title": "Planted"}', content_type="text/plain", headers={"Origin": origin}),
        client.post(
            "/api/v1/leads",
            '{"title": "Planted"}',
            content_type="application/json",
            headers={"Origin": origin, "X-CSRFToken": token},
        ),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    with enter(acme):
        assert not Department.objects.filter(name="Planted").exists()
        assert not Lead.objects.filter(title="Planted").exists()
    own = client.post("/people/departments/add/", form, headers={"Origin": f"http://{acme.host}"})
    assert own.status_code == 302, "the token was good: only the origin was wrong"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_link_leads_elsewhere(acme: Portal, alice: User, as_: As, target: str) -> None:
    browser = clients.anonymous(acme)
    signed_in = browser.post(
        f"/account/login/?next={target}", {"login": alice.email, "password": PASSWORD, "next": target}
    )
    language = as_(alice).post("/language/", {"language": "ru", "next": target})
    theme = as_(alice).post("/preferences/", {"theme": "dark", "next": target})
    assert [answer.status_code for answer in (signed_in, language, theme)] == [302] * 3
    assert [answer["Location"] for answer in (signed_in, language, theme)] == ["/"] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "globex.portal.localhost"},
        {"X-Host": "globex.portal.localhost"},
        {"Forwarded": "host=globex.portal.localhost"},
        {"X-Original-URL": "/operator/"},
        {"X-Rewrite-URL": "/operator/"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_headers_of_proxies_change_nothing(
    acme: Portal, globex: Portal, alice: User, as_: As, headers: dict[str, str]
) -> None:
    answer = as_(alice).get("/people/", headers=headers)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Acme-canary" in page
    assert "Globex-canary" not in page
    assert "globex." not in page


def test_a_guest_sees_no_colleagues(acme: Portal, alice: User, dave: User, as_: As, api: Callable[..., Client]) -> None:
    pages = ["/people/", f"/people/{alice.pk}/", "/people/chart/", "/people/departments/", "/settings/audit/"]
    answers = [as_(dave).get(path) for path in pages]
    answers += [api(dave).get(path) for path in ("/api/v1/people", f"/api/v1/people/{alice.pk}", "/api/v1/audit")]
    assert {answer.status_code for answer in answers} <= {403, 404}, [answer.status_code for answer in answers]
    assert not any(b"alice@acme.example" in answer.content for answer in answers)


def test_a_text_with_script_is_only_text(acme: Portal, alice: User, as_: As) -> None:
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    client = as_(alice)
    made = client.post(
        "/api/v1/leads",
        {"title": script, "person_name": script, "company_name": script, "comment": script, "source_detail": script},
        content_type="application/json",
    )
    assert made.status_code == 201, made.content
    client.post(f"/api/v1/leads/{made.json()['id']}/comments", {"text": script}, content_type="application/json")
    client.post("/people/departments/add/", {"name": script[:100], "parent": ""})
    client.post(f"/people/{alice.pk}/edit/", {"first_name": script[:90], "version": alice.version})
    pages = [
        "/",
        "/crm/leads/",
        f"/crm/leads/{made.json()['id']}/",
        "/crm/leads/board/",
        "/people/",
        "/people/departments/",
        "/settings/audit/",
        "/palette/?q=script",
        "/notifications/",
    ]
    shown = 0
    for path in pages:
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        shown += "&lt;script&gt;alert" in text or "\\u003Cscript" in text
    assert shown >= 4
