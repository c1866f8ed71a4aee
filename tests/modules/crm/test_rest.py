"""Leads over REST: the same verbs, the same rights."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from infra.kit import gates
from modules.crm.domain.kinds import DEAL, LEAD
from modules.crm.domain.lead import first_stage
from modules.crm.models import Deal, Lead, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import fresh, lead
from tests.factories.record import record

ApiClient = Callable[..., Client]
JSON = "application/json"


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.generic(
        method, path, json.dumps(body) if body is not None else "", content_type="application/json", headers=headers
    )


def test_the_life_of_a_lead(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client, won = api(alice), Stage.objects.get(preset="won")
    body = {"person_name": "Ann Lee", "phones": ["+44 20 7946 0123"], "emails": ["Ann@b.example"], "amount": "1500.5"}
    made = send(client, "POST", "/api/v1/leads", body)
    assert made.status_code == 201
    document, path = made.json(), made["Location"]
    assert path == f"/api/v1/leads/{document['id']}"
    assert (document["title"], document["stage"], document["amount"]) == ("Ann Lee", first_stage().pk, "1500.50")
    assert document["phones"] == [{"typed": "+44 20 7946 0123", "e164": "+442079460123", "label": "", "extension": ""}]
    assert document["emails"] == [{"typed": "Ann@b.example", "label": ""}]
    changes = {"title": "Ann", "stage": won.pk, "responsible": bob.pk}
    changed = send(client, "PATCH", path, changes, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in changes} == changes
    comment = send(client, "POST", path + "/comments", {"text": "Called"})
    assert (comment.status_code, comment.json()["author"]) == (201, alice.pk)
    assert [row["text"] for row in client.get(path + "/comments").json()["results"]] == ["Called"]
    assert send(client, "DELETE", path, **{"If-Match": changed["ETag"]}).status_code == 204
    assert client.get(path).status_code == 404
    assert send(client, "POST", path + "/restore").status_code == 200
    assert client.get(path).json()["title"] == "Ann"


def test_a_patch_is_all_or_nothing(portal: Portal, api: ApiClient, alice: User) -> None:
    row = lead(alice)
    refused = send(
        api(alice), "PATCH", f"/api/v1/leads/{row.pk}", {"title": "Ash", "responsible": 10**9}, **{"If-Match": "*"}
    )
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["responsible"]
    assert (fresh(alice, row.pk).title, fresh(alice, row.pk).version) == ("Oak table", 1)


def test_filters(portal: Portal, api: ApiClient, alice: User) -> None:
    Lead.objects.all().delete()
    row = lead(alice, phones=["+44 20 7946 0123"], source="call", amount=500)
    lead(alice, title="Other", amount=5)
    for query in (
        "q=tables",
        "q=0123",
        "contact=%2B442079460123",
        "source=call",
        "amount_min=100",
        f"stage={row.stage_id}&source=call",
        f"responsible={alice.pk}&amount_min=100",
    ):
        found = api(alice).get(f"/api/v1/leads?{query}").json()["results"]
        assert [item["id"] for item in found] == [row.pk], query


def test_duplicates(portal: Portal, api: ApiClient, alice: User) -> None:
    first, second = (lead(alice, phones=["+44 20 7946 0123"]) for _ in range(2))
    found = api(alice).get(f"/api/v1/leads/{second.pk}/duplicates").json()["results"]
    assert [(item["id"], item["shared"]) for item in found] == [(first.pk, "+442079460123")]


def test_pipelines(portal: Portal, api: ApiClient, alice: User, dave: User) -> None:
    found = api(alice).get("/api/v1/pipelines").json()["results"]
    assert [stage["kind"] for stage in found[0]["stages"]] == ["open"] * 4 + ["won", "lost"]
    assert api(dave).get("/api/v1/pipelines").status_code == 403


def test_a_pipeline_is_set_up_by_a_program(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client, as_json = api(alice), dict[str, Any](content_type="application/json")
    assert api(bob).post("/api/v1/pipelines", {"name": "Mine", "kind": "deal"}, **as_json).status_code == 403
    for kind in ("contact", "moon"):
        refused = client.post("/api/v1/pipelines", {"name": "Wholesale", "kind": kind}, **as_json)
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["kind"])
    made = client.post("/api/v1/pipelines", {"name": "Wholesale", "kind": "deal"}, **as_json)
    at, tag = made["Location"], {"If-Match": made["ETag"]}
    assert (made.status_code, made.json()["title"], len(made.json()["stages"])) == (201, "Wholesale", 7)
    assert client.patch(at, {"name": "Dealers"}, **as_json).status_code == 428
    assert client.patch(at, {"name": "Dealers"}, headers=tag, **as_json).json()["title"] == "Dealers"

    body = {"pipeline": made.json()["id"], "name": "Tasting", "colour": "info", "probability": 30}
    assert client.post("/api/v1/stages", {**body, "required": ["moon"]}, **as_json).status_code == 400
    assert client.post("/api/v1/stages", {**body, "pipeline": 10**9}, **as_json).status_code == 400
    stage = client.post("/api/v1/stages", {**body, "required": ["amount"]}, **as_json)
    shown = [row["title"] for row in client.get(f"/api/v1/stages?pipeline={body['pipeline']}").json()["results"]]
    assert (len(shown), shown[-1]) == (8, "Tasting")
    stages = client.get(at).json()["stages"]
    assert [row["title"] for row in stages][5:] == ["Tasting", "Won", "Lost"]
    ids = [row["id"] for row in stages]
    assert client.post(f"{at}/order", {"stages": ids[1:]}, **as_json).status_code == 409
    moved = client.post(f"{at}/order", {"stages": [ids[5], *ids[:5], *ids[6:]]}, **as_json)
    assert moved.json()["stages"][0]["title"] == "Tasting"
    where = stage["Location"]
    tag = {"If-Match": client.get(where)["ETag"]}
    changed = client.patch(where, {"name": "Trial", "probability": None}, headers=tag, **as_json)
    assert [changed.json()[name] for name in ("title", "probability", "required", "colour")] == [
        "Trial",
        None,
        ["amount"],
        "info",
    ]
    deal = record(alice, DEAL, title="Bread", amount="5")
    edit = {"headers": {"If-Match": "*"}, **as_json}
    assert client.patch(f"/api/v1/deals/{deal.pk}", {"stage": stage.json()["id"]}, **edit).status_code == 200
    any_version = {"If-Match": "*"}
    assert client.delete(where, headers=any_version).status_code == 409
    assert client.delete(f"{where}?move_to=moon", headers=any_version).status_code == 400
    assert client.delete(f"{where}?move_to={ids[0]}", headers=any_version).status_code == 204
    deal.refresh_from_db()
    assert deal.stage_id == ids[0]
    assert client.delete(at, headers=any_version).status_code == 409
    usual = client.get("/api/v1/pipelines").json()["results"][0]["stages"][0]["id"]
    assert client.delete(f"/api/v1/stages/{usual}", headers=any_version).status_code == 204
    client.delete(f"/api/v1/deals/{deal.pk}", headers=any_version)
    Deal.objects.all().delete()
    assert client.delete(at, headers=any_version).status_code == 204
    limit = gates.limit_of("crm.pipelines")
    for number in range(limit or 0):
        made = client.post("/api/v1/pipelines", {"name": f"P{number}", "kind": "deal"}, **as_json)
    assert limit is None or made.status_code == 402


def test_programs_find_a_record_by_its_id_in_another_system(portal: Portal, api: ApiClient, alice: User) -> None:
    client = api(alice)
    body = {"name": "Northlight", "external_system": "ledger", "external_id": "0007"}
    made = client.post("/api/v1/companies", body, content_type="application/json")
    assert made.status_code == 201, made.content
    client.post("/api/v1/companies", {"name": "Southlight"}, content_type="application/json")
    found = client.get("/api/v1/companies?external_system=ledger&external_id=0007").json()["results"]
    assert [(row["id"], row["external_id"]) for row in found] == [(made.json()["id"], "0007")]
    tag = {"If-Match": made["ETag"]}
    address = f"/api/v1/companies/{made.json()['id']}"
    long = client.patch(address, {"external_id": "7" * 121}, content_type="application/json", headers=tag)
    assert long.status_code == 400
    assert client.get(address).json()["external_id"] == "0007"


@pytest.mark.parametrize(
    ("moment", "status"),
    [("0270-09-14T17:44:35+17:22", 200), ("2026-03-01T10:00:00Z", 200), ("9999-12-31T23:59:59-10:00", 400)],
)
def test_a_moment_of_any_zone_is_understood(
    portal: Portal, alice: User, api: ApiClient, moment: str, status: int
) -> None:
    answer = api(alice).get("/api/v1/leads", {"created_at_after": moment})
    assert answer.status_code == status, answer.content


def test_many_at_once_and_undone(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client, mine = api(alice), [record(alice, LEAD, title=f"No. {n}", amount="150", post="Head") for n in range(2)]
    ids = [row.pk for row in mine]

    def many(who: Client, **what: Any) -> Any:
        return who.post("/api/v1/leads/many", {"ids": ids, **what}, JSON)

    won = next(stage for stage in Stage.objects.filter(pipeline__kind="lead") if stage.kind == "won")
    for what, field, value in (
        ({"do": "edit", "changes": {"amount": "175.00"}}, "amount", Decimal(175)),
        ({"do": "assign", "responsible": bob.pk}, "responsible_id", bob.pk),
        ({"do": "move", "stage": won.pk}, "stage_id", won.pk),
    ):
        before = list(Lead.objects.filter(pk__in=ids).order_by("pk").values_list(field, flat=True))
        done = many(client, **what).json()
        assert (done["changed"], set(Lead.objects.filter(pk__in=ids).values_list(field, flat=True))) == (2, {value})
        undo = f"/api/v1/leads/many/{done['change']}/undo"
        assert api(bob).post(undo).status_code == api(alice).post(undo.replace("leads", "deals")).status_code == 404
        assert client.post(undo).json() == {"changed": 2, "stayed": [], "change": None}
        assert client.post(undo).status_code == 409
        assert list(Lead.objects.filter(pk__in=ids).order_by("pk").values_list(field, flat=True)) == before
    assert many(api(bob), do="delete").status_code == 403
    for wrong in ({"do": "edit"}, {"do": "edit", "changes": {"stage": won.pk}}, {"do": "edit", "changes": {"x": 1}}):
        assert many(client, **wrong).status_code == 400
    assert many(client, do="merge", keep="oldest").json() == {"changed": 1, "stayed": [], "change": None}
    assert client.post(f"/api/v1/leads/{ids[0]}/unmerge").status_code == 200
    assert client.post(f"/api/v1/leads/{ids[0]}/unmerge").json()["code"] == "nothing_merged"
    assert Lead.objects.alive().filter(pk__in=ids).count() == 2
    assert many(client, do="delete").json()["changed"] == 2
    assert client.post("/api/v1/duplicates/scan", {"kind": "lead"}, JSON).status_code == 202
