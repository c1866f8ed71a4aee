"""What programs plan and put in order: the sales plan, kept reports with pins and mailings, orders of the settings."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from modules.crm.domain.activity_kind import KindDesign, write_kind
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.reports.saved import pinned_for
from modules.crm.models import ReportMailing
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.modules.crm.rules import note, rule

ApiClient = Callable[..., Client]
JSON = "application/json"
ANY = {"If-Match": "*"}


def test_the_plan_of_a_year(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    path, client = "/api/v1/crm-settings/goals", api(alice)
    together = {"person": None, "month": 2, "amount": "9000.50"}
    own = {"person": bob.pk, "month": 1, "amount": "1500.00"}
    made = client.post(path, {"year": 2026, "goals": [own, together]}, JSON)
    assert made.status_code == 200, made.content
    kept = {"year": 2026, "pipeline": None, "currency": "USD", "goals": [together, own]}
    assert made.json() == client.get(f"{path}?year=2026").json() == kept
    assert api(bob).get(path).status_code == 403
    assert api(bob).post(path, {"year": 2026, "goals": []}, JSON).status_code == 403
    for wrong in ({"month": 13}, {"amount": "-1"}, {"amount": "many"}, {"person": 10**9}):
        assert client.post(path, {"year": 2026, "goals": [{**own, **wrong}]}, JSON).status_code == 400
    twice = client.post(path, {"year": 2026, "goals": [own, {**own, "amount": "1"}]}, JSON)
    assert (twice.status_code, list(twice.json()["errors"])) == (400, ["goals"])
    for query in ("year=1999", "year=x", "pipeline=999999", "plan=1"):
        assert client.get(f"{path}?{query}").status_code == 400
    assert client.get(f"{path}?year=2026").json() == kept
    gone = client.post(path, {"year": 2026, "goals": [{**own, "amount": "0"}]}, JSON)
    assert gone.json()["goals"] == [together]
    lane = client.get("/api/v1/pipelines").json()["results"]
    deals = next(row["id"] for row in lane if row["kind"] == "deal")
    there = client.post(path, {"year": 2026, "pipeline": deals, "goals": [own]}, JSON).json()
    assert (there["pipeline"], there["goals"]) == (deals, [own])
    assert client.get(f"{path}?year=2026").json()["goals"] == [together]


def test_a_kept_report_is_changed_shared_pinned_and_mailed(
    portal: Portal, api: ApiClient, alice: User, bob: User
) -> None:
    hers, his = api(alice), api(bob)
    body = {"name": "By source", "source": "sales", "query": "by=source"}
    made = his.post("/api/v1/reports", body, JSON)
    path = made["Location"]
    assert made.json()["pinned"] is False
    assert his.patch(path, {"name": "x"}, JSON).status_code == 428
    assert his.patch(path, {"name": "x"}, JSON, headers={"If-Match": '"77"'}).status_code == 412
    assert his.patch(path, {"name": ""}, JSON, headers=ANY).status_code == 400
    assert his.patch(path, {"shared": True}, JSON, headers=ANY).status_code == 403
    assert hers.patch(path, {"name": "x"}, JSON, headers=ANY).status_code == 404
    changed = his.patch(path, {"name": "Sources"}, JSON, headers={"If-Match": made["ETag"]}).json()
    assert changed == {**made.json(), "name": "Sources", "version": made.json()["version"] + 1}

    assert his.put(f"{path}/pin").json() == {**changed, "pinned": True}
    assert [row.name for row in pinned_for(bob)] == ["Sources"]
    assert his.delete(f"{path}/pin").status_code == 204
    assert pinned_for(bob) == []

    when = {"every": "week", "day": 1, "hour": 8, "people": [bob.pk]}
    assert his.get(f"{path}/mailing").status_code == 404
    mailed = his.put(f"{path}/mailing", when, JSON).json()
    assert {name: mailed[name] for name in when} == when
    assert mailed["sent_at"] is None
    assert his.get(f"{path}/mailing").json() == mailed
    assert hers.put(f"{path}/mailing", when, JSON).status_code == 404
    refused: list[dict[str, object]] = [
        {"day": 8},
        {"hour": 24},
        {"people": []},
        {"people": [10**9]},
        {"every": "year"},
    ]
    for wrong in refused:
        assert his.put(f"{path}/mailing", {**when, **wrong}, JSON).status_code == 400
    assert his.put(f"{path}/mailing", {**when, "people": [alice.pk]}, JSON).status_code == 403
    assert his.get(f"{path}/mailing").json() == mailed
    assert his.delete(f"{path}/mailing").status_code == 204
    assert not ReportMailing.objects.exists()
    assert his.delete(f"{path}/mailing").status_code == 404


def test_fields_rules_and_kinds_of_activities_are_put_in_order(
    portal: Portal, api: ApiClient, alice: User, bob: User
) -> None:
    of_rules = [rule(alice, "created", note(), on=False, name=name).pk for name in "ab"]
    of_fields = [add_field(actor=alice, kind=DEAL, design=FieldDesign(name=name)).pk for name in "abc"]
    of_kinds = [write_kind(actor=alice, design=KindDesign(name=name)).pk for name in "ab"]
    client = api(alice)
    for place, ids, more in (
        ("rules", of_rules, {}),
        ("crm-fields", of_fields, {"kind": "deal"}),
        ("activity-kinds", of_kinds, {}),
    ):
        path, wanted = f"/api/v1/{place}", {"ids": ids[::-1], **more}
        assert api(bob).post(f"{path}/order", wanted, JSON).status_code == 403
        assert client.post(f"{path}/order", {**more, "ids": ["x"]}, JSON).status_code == 400
        for wrong in (ids[:1], [*ids, ids[0]], [*ids[1:], 10**9]):
            assert client.post(f"{path}/order", {**more, "ids": wrong}, JSON).status_code == 409
        before = [row["id"] for row in client.get(path).json()["results"]]
        assert before == ids
        assert client.post(f"{path}/order", wanted, JSON).json() == wanted
        rows = client.get(path).json()["results"]
        assert [row["id"] for row in sorted(rows, key=lambda row: row.get("position", rows.index(row)))] == ids[::-1]
    assert client.post("/api/v1/crm-fields/order", {"kind": "no", "ids": of_fields}, JSON).status_code == 400
