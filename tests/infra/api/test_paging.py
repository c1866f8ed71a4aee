"""Keyset pages: every row once, whatever the order, at an even cost."""

import base64
import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead

ApiClient = Callable[..., Client]


def walk(client: Client, path: str) -> list[int]:
    found: list[int] = []
    address: str | None = path
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        document = answer.json()
        assert len(document["results"]) <= 2
        found += [row["id"] for row in document["results"]]
        assert (f'<{document["next"]}>; rel="next"' if document["next"] else None) == answer.headers.get("Link")
        address = document["next"]
    return found


@pytest.mark.parametrize("order", ["newest", "oldest", "changed", "amount"])
def test_every_row_once(portal: Portal, api: ApiClient, alice: User, order: str) -> None:
    Lead.objects.all().delete()
    ids = [lead(alice, title=f"Lead {number}", amount=number % 2).pk for number in range(7)]
    Lead.objects.filter(pk__in=ids[:4]).update(created_at=Lead.objects.get(pk=ids[0]).created_at)  # ties
    found = walk(api(alice), f"/api/v1/leads?limit=2&order={order}")
    assert sorted(found) == ids
    names = {"newest": "-created_at", "oldest": "created_at", "changed": "-updated_at", "amount": "-amount"}
    tie = "id" if order == "oldest" else "-id"
    assert found == list(Lead.objects.order_by(names[order], tie).values_list("pk", flat=True))


def test_rows_added_meanwhile_repeat_nothing(portal: Portal, api: ApiClient, alice: User) -> None:
    Lead.objects.all().delete()
    ids = [lead(alice).pk for _ in range(4)]
    first = api(alice).get("/api/v1/leads?limit=2").json()
    lead(alice, title="Came in meanwhile")
    second = api(alice).get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[::-1]
    assert second["next"] is None


def test_capped_count(portal: Portal, api: ApiClient, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    Lead.objects.all().delete()
    for _ in range(3):
        lead(alice)
    assert "count" not in api(alice).get("/api/v1/leads").json()
    assert api(alice).get("/api/v1/leads?count=capped").json()["count"] == {"value": 3, "more": False}
    monkeypatch.setattr("infra.api.paging.COUNT_CAP", 2)
    assert api(alice).get("/api/v1/leads?count=capped").json()["count"] == {"value": 2, "more": True}


# What no column holds, and what it stands for when a stranger writes it into a cursor.
NO_VALUES = {
    "newest": ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-13-45", "", {"a": 1}, True],
    "amount": ["1e999999", "1e-999999", "NaN", "Infinity", "\0"],
    "name": ["\0", "\ud800"],
}


@pytest.mark.parametrize(("order", "path"), [("newest", "leads"), ("amount", "leads"), ("name", "contacts")])
def test_a_tampered_cursor_is_refused(
    portal: Portal, api: ApiClient, as_: ApiClient, alice: User, order: str, path: str
) -> None:  # promise 77
    program, browser = api(alice), as_(alice)
    column = {"newest": "-created_at", "amount": "-amount", "name": "last_name"}[order]
    for value in NO_VALUES[order]:
        after = base64.urlsafe_b64encode(json.dumps([value, 5]).encode()).rstrip(b"=").decode()
        answer = program.get(f"/api/v1/{path}", {"order": order, "after": after})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), value
        page = browser.get(f"/crm/{path}/", {"order": column, "after": after})
        assert page.status_code == 400, value


def test_queries_do_not_grow_with_rows(portal: Portal, api: ApiClient, alice: User) -> None:
    client = api(alice)
    Lead.objects.all().delete()
    counts = []
    for number in (1, 2):
        for _ in range(number):
            lead(alice, phones=["+7 495 123-45-67"], emails=["a@b.example"])
        client.get("/api/v1/leads")
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get("/api/v1/leads").json()["results"]) == (1, 3)[number - 1]
        counts.append(len(queries))
    assert counts[0] == counts[1]
