"""If-Match, Idempotency-Key and no mass assignment."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from infra.api.models import GivenAnswer
from infra.db.current import enter
from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import fresh, lead
from tests.support.clients import with_token

ApiClient = Callable[..., Client]
JSON = "application/json"


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, json.dumps(body), content_type=JSON, headers=headers)


def patch(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.patch(path, json.dumps(body), content_type=JSON, headers=headers)


def test_a_change_wants_if_match(portal: Portal, api: ApiClient, alice: User) -> None:
    row = lead(alice)
    path = f"/api/v1/leads/{row.pk}"
    for answer in (
        patch(api(alice), path, {"title": "Ash"}),
        api(alice).delete(path),
        post(api(alice), path + "/assign", {"responsible": None}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    after = fresh(alice, row.pk)
    assert (after.title, after.version, after.responsible_id) == ("Oak table", row.version, alice.pk)


def test_a_stale_version_changes_nothing(portal: Portal, api: ApiClient, alice: User) -> None:  # promise 49
    row = lead(alice)
    path = f"/api/v1/leads/{row.pk}"
    seen = api(alice).get(path)["ETag"]
    first = patch(api(alice), path, {"title": "Ash table"}, **{"If-Match": seen})
    assert (first.status_code, first.json()["title"]) == (200, "Ash table")
    assert first["ETag"] != seen
    second = patch(api(alice), path, {"title": "Elm table"}, **{"If-Match": seen})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert second.json()["current"] == first["ETag"]
    assert fresh(alice, row.pk).title == "Ash table"


@pytest.mark.parametrize("header", ["3", 'W/"3"', '"x"', '"1", "2"'])
def test_odd_if_match(portal: Portal, api: ApiClient, alice: User, header: str) -> None:
    row = lead(alice)
    answer = patch(api(alice), f"/api/v1/leads/{row.pk}", {"title": "x"}, **{"If-Match": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_if_match")


def test_unchanged_is_304(portal: Portal, api: ApiClient, alice: User) -> None:
    row = lead(alice)
    etag = api(alice).get(f"/api/v1/leads/{row.pk}")["ETag"]
    answer = api(alice).get(f"/api/v1/leads/{row.pk}", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_one_key_one_lead(portal: Portal, api: ApiClient, alice: User) -> None:
    client, key = api(alice), {"Idempotency-Key": "order-1"}
    first = post(client, "/api/v1/leads", {"title": "Once"}, **key)
    second = post(client, "/api/v1/leads", {"title": "Once"}, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (second["Location"], second["ETag"]) == (first["Location"], first["ETag"])
    assert second["Idempotency-Replayed"] == "true"
    assert Lead.objects.filter(title="Once").count() == 1
    other = post(client, "/api/v1/leads", {"title": "Twice"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Lead.objects.filter(title="Twice").count() == 0


def test_keys_belong_to_their_caller(portal: Portal, api: ApiClient, alice: User, carol: User) -> None:
    key = {"Idempotency-Key": "order-1"}
    assert post(api(alice), "/api/v1/leads", {"title": "One"}, **key).status_code == 201
    assert post(api(carol), "/api/v1/leads", {"title": "Two"}, **key).status_code == 201
    assert Lead.objects.filter(title__in=["One", "Two"]).count() == 2


def test_a_refusal_is_not_kept(portal: Portal, api: ApiClient, alice: User) -> None:
    client, key = api(alice), {"Idempotency-Key": "order-1"}
    assert post(client, "/api/v1/leads", {"title": "X", "amount": "-1"}, **key).status_code == 400
    assert GivenAnswer.objects.count() == 0
    assert post(client, "/api/v1/leads", {"title": "X", "amount": "1"}, **key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_odd_keys(portal: Portal, api: ApiClient, alice: User, key: str) -> None:
    answer = post(api(alice), "/api/v1/leads", {"title": "Odd"}, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert Lead.objects.filter(title="Odd").count() == 0


def test_a_token_is_never_kept_for_a_key(portal: Portal, api: ApiClient, alice: User) -> None:
    body = {"name": "Exchange", "scopes": ["crm.lead.view"]}
    answer = post(api(alice), "/api/v1/tokens", body, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.commits
def test_parallel_repeats_make_one_lead(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    with enter(portal):
        owner = User.objects.owners().get()
    client = with_token(owner)
    authorization = client.defaults["HTTP_AUTHORIZATION"]
    answers: list[int] = []

    def send() -> None:
        sender = Client(HTTP_HOST=portal.host, HTTP_AUTHORIZATION=authorization)
        answers.append(post(sender, "/api/v1/leads", {"title": "Race"}, **{"Idempotency-Key": "race"}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {201, 409}
    assert 201 in answers
    with enter(portal):
        assert Lead.objects.filter(title="Race").count() == 1


def test_no_mass_assignment(portal: Portal, api: ApiClient, alice: User) -> None:  # promise 27
    row = lead(alice)
    before = Lead.objects.filter(pk=row.pk).values().get()
    writable = {
        "title", "person_name", "company_name", "phones", "emails", "stage", "source", "source_detail", "amount",
        "currency", "responsible", "comment", "honorific", "post", "birthday", "messengers", "sites", "addresses",
        "lost_reason", "custom", "external_system", "external_id",
    }  # fmt: skip
    names = {field.attname for field in Lead._meta.concrete_fields} | {field.name for field in Lead._meta.get_fields()}
    for name in sorted((names | {"tenant", "portal", "role", "plan", "balance", "is_active", "pipeline"}) - writable):
        for answer in (
            patch(api(alice), f"/api/v1/leads/{row.pk}", {name: 1}, **{"If-Match": "*"}),
            post(api(alice), "/api/v1/leads", {"title": "Mass", name: 1}),
        ):
            assert (answer.status_code, answer.json().get("code")) == (400, "invalid"), name
            assert list(answer.json()["errors"]) == [name]
    assert Lead.objects.filter(pk=row.pk).values().get() == before
    assert Lead.objects.filter(title="Mass").count() == 0
