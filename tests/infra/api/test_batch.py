"""Several operations in one request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from modules.crm.models import Company, Contact, Lead
from tenants.people.models import User
from tenants.portals.models import Portal

Api = Callable[..., Client]


def batch(client: Client, *operations: dict[str, Any], atomic: bool = False, **headers: str) -> Any:
    answer = client.post(
        "/api/v1/batch",
        json.dumps({"operations": list(operations), "atomic": atomic}),
        content_type="application/json",
        headers=headers,
    )
    return answer.json() if answer.status_code == 200 else answer


def test_each_has_its_own_status(portal: Portal, alice: User, api: Api) -> None:
    told = batch(
        api(alice),
        {"method": "POST", "path": "/leads", "body": {"title": "One"}},
        {"method": "POST", "path": "/leads", "body": {"amount": "no number"}},
        {"method": "GET", "path": "/leads?limit=1"},
        {"method": "GET", "path": "/nothing"},
        {"method": "POST", "path": "/batch", "body": {"operations": []}},
    )
    assert told["committed"] is True
    assert [result["status"] for result in told["results"]] == [201, 400, 200, 404, 404]
    assert told["results"][2]["body"]["results"][0]["title"] == "One"
    assert told["results"][0]["headers"]["Location"] == f"/api/v1/leads/{told['results'][0]['body']['id']}"


def test_references_and_all_or_nothing(portal: Portal, alice: User, api: Api) -> None:
    told = batch(
        api(alice),
        {"id": "firm", "method": "POST", "path": "/companies", "body": {"name": "Harbour"}},
        {
            "id": "ann",
            "method": "POST",
            "path": "/contacts",
            "body": {"first_name": "Ann", "companies": [{"company": "$firm.id"}]},
        },
        {"method": "POST", "path": "/contacts/$ann.id/comments", "body": {"text": "Met at the fair"}},
        {"id": "gone", "method": "GET", "path": "/contacts/999999999"},
        {"method": "GET", "path": "/contacts/$gone.id"},
    )
    assert [result["status"] for result in told["results"]] == [201, 201, 201, 404, 424]
    ann = Contact.objects.get(first_name="Ann")
    assert [company.name for company in ann.companies.all()] == ["Harbour"]

    told = batch(
        api(alice),
        {"id": "pier", "method": "POST", "path": "/companies", "body": {"name": "Pier"}},
        {"method": "PATCH", "path": f"/contacts/{ann.pk}", "body": {"last_name": "Lee"}, "if_match": '"99"'},
        {"method": "GET", "path": "/leads"},
        atomic=True,
    )
    assert (told["committed"], [result["status"] for result in told["results"]]) == (False, [424, 412, 424])
    assert not Company.objects.filter(name="Pier").exists()


def test_repeated_with_its_key_it_happens_once(portal: Portal, alice: User, api: Api) -> None:
    client = api(alice)
    made = {"method": "POST", "path": "/leads", "body": {"title": "Once"}}
    first = batch(client, made, **{"Idempotency-Key": "k1"})
    assert batch(client, made, **{"Idempotency-Key": "k1"}) == first
    assert Lead.objects.filter(title="Once").count() == 1


def test_rights_are_those_of_each_address(portal: Portal, alice: User, bob: User, api: Api) -> None:
    told = batch(
        api(bob, ["crm.lead.create", "crm.lead.view"]),
        {"method": "POST", "path": "/leads", "body": {"title": "Mine"}},
        {"method": "POST", "path": "/companies", "body": {"name": "Not mine"}},
        {"method": "GET", "path": "/webhooks"},
        {"method": "POST", "path": "/tokens", "body": {"name": "x", "scopes": []}},
    )
    assert [result["status"] for result in told["results"]] == [201, 403, 403, 400]
    assert not Company.objects.filter(name="Not mine").exists()


@pytest.mark.parametrize(
    "operations",
    [
        [],
        [{"method": "PUT", "path": "/leads"}],
        [{"id": "a", "method": "GET", "path": "/leads"}, {"id": "a", "method": "GET", "path": "/leads"}],
        [{"method": "GET", "path": "/leads"}] * 51,
        [{"method": "GET", "path": "/leads", "surprise": 1}],
    ],
)
def test_what_is_no_batch(portal: Portal, alice: User, api: Api, operations: list[dict[str, Any]]) -> None:
    assert batch(api(alice), *operations).status_code == 400


def test_a_browser_needs_its_token(portal: Portal, alice: User, as_: Callable[[User], Client]) -> None:
    browser = as_(alice)
    browser.handler.enforce_csrf_checks = True
    assert batch(browser, {"method": "GET", "path": "/leads"}).status_code == 403


def test_a_short_body_cannot_name_a_long_answer_many_times(portal: Portal, alice: User, api: Api) -> None:
    told = batch(
        api(alice),
        {"id": "one", "method": "POST", "path": "/leads", "body": {"title": "x" * 200, "comment": "y" * 9_000}},
        {"method": "POST", "path": "/leads", "body": {"title": ["$one"] * 5_000}},
        {"method": "GET", "path": "/leads/$one"},
    )
    assert [result["status"] for result in told["results"]] == [201, 413, 424]


def test_nesting_and_long_answers_end(portal: Portal, alice: User, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = "x"
    for _level in range(600):
        deep = [deep]
    assert batch(api(alice), {"method": "POST", "path": "/leads", "body": deep})["results"][0]["status"] == 413
    monkeypatch.setattr("infra.api.batch.MOST_ANSWERED", 10)
    told = batch(api(alice), *[{"method": "GET", "path": "/leads"}] * 2)
    assert [result["status"] for result in told["results"]] == [200, 413]
