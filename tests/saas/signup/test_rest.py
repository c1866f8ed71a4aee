"""A program registers a company."""

import json

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from saas.signup.domain import protection
from tenants.portals.models import Portal

pytestmark = pytest.mark.usefixtures("no_knocks")


def body(service: Client, **changes: str) -> dict[str, str]:
    with time_machine.travel(timezone.now() - timezone.timedelta(seconds=10), tick=False):
        issued = service.get("/api/v1/portals/challenge").json()
    return {
        "company": "Initech",
        "name": "Ivan Init",
        "email": "ivan@initech.example",
        "password": "a long and quiet sentence",
        "address": "initech",
        "locale": "en",
        "region": "DE",
        "form": issued["form"],
        "proof": protection.solve(issued["challenge"]),
        **changes,
    }


def test_a_portal_is_made_once(service: Client) -> None:
    asked = body(service)

    first = service.post("/api/v1/portals", asked, content_type="application/json")
    second = service.post("/api/v1/portals", asked, content_type="application/json")

    assert (first.status_code, second.status_code) == (201, 200)
    portal = Portal.objects.get(slug="initech")
    assert first.json()["url"] == second.json()["url"] == portal.url
    assert first.json()["enter_url"].startswith(f"{portal.url}/welcome/")
    assert portal.currency == "EUR"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proof": "x"}, "proof_missing"),
        ({"proof": "W1tb" * 1000}, "proof_missing"),
        ({"form": "x"}, "form_expired"),
        ({"address": "acme"}, "address_taken"),
    ],
)
def test_refusals_are_problem_documents(service: Client, acme: Portal, changes: dict[str, str], code: str) -> None:
    answer = service.post("/api/v1/portals", body(service, **changes), content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
    assert not Portal.objects.filter(slug="initech").exists()


def test_what_is_no_json_is_refused(service: Client) -> None:
    answer = service.post("/api/v1/portals", "[1]", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


@pytest.mark.parametrize("sent", ["[" * 8000, '{"a":' * 3000, "9" * 5000, '{"company": "\\ud800"}', "\x00", ""])
def test_hostile_json_is_refused(service: Client, sent: str) -> None:  # promise 77
    answer = service.post("/api/v1/portals", sent, content_type="application/json")

    assert answer.status_code == 400


def test_a_large_body_is_refused_unread(service: Client) -> None:
    answer = service.post("/api/v1/portals", json.dumps({"company": "x" * 20_000}), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("changes", [{"region": "D" * 500}, {"locale": "x" * 500}, {"region": "\0"}])
def test_odd_places_do_not_break_registration(service: Client, changes: dict[str, str]) -> None:
    answer = service.post("/api/v1/portals", body(service, **changes), content_type="application/json")

    assert answer.status_code in (201, 400)


def test_a_name_cannot_carry_headers_into_letters(service: Client, letters: list[tuple[str, ...]]) -> None:
    evil = "Initech\r\nBcc: victim@example.com"

    answer = service.post("/api/v1/portals", body(service, company=evil, name=evil), content_type="application/json")

    assert answer.status_code == 201
    assert "\n" not in Portal.objects.get(slug="initech").name
    assert [(to, "\n" in subject) for to, subject, *_texts in letters] == [("ivan@initech.example", False)]
