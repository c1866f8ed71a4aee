"""What programs set up in CRM: terms, numbers, the rotation, cards, rights on fields and in pipelines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from modules.crm.domain.access import visible
from modules.crm.domain.kinds import DEAL
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.factories.record import record

ApiClient = Callable[..., Client]
JSON = "application/json"
ROOT = "/api/v1/crm-settings"
ANY = {"If-Match": "*"}


def test_terms_are_changed_on_the_version_that_was_read(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client = api(alice)
    first = client.get(f"{ROOT}/terms")
    assert first.json()["quote_days"] == 14
    assert client.patch(f"{ROOT}/terms", {"quote_days": 30}, JSON).status_code == 428
    changed = client.patch(f"{ROOT}/terms", {"quote_days": 30}, JSON, headers=ANY)
    assert (changed.json()["quote_days"], changed.json()["invoice_days"]) == (30, 7)
    late = client.patch(f"{ROOT}/terms", {"quote_days": 5}, JSON, headers={"If-Match": '"77"'})
    assert (late.status_code, late.json()["current"]) == (412, changed["ETag"])
    assert client.patch(f"{ROOT}/terms", {"base_currency": "XXX"}, JSON, headers=ANY).status_code == 400
    assert api(bob).patch(f"{ROOT}/terms", {"quote_days": 1}, JSON, headers=ANY).status_code == 403
    assert client.get(f"{ROOT}/terms").json()["quote_days"] == 30


def test_numbers_say_what_the_next_paper_is_called(portal: Portal, api: ApiClient, alice: User) -> None:
    client = api(alice)
    assert [row["of"] for row in client.get(f"{ROOT}/numbers").json()["series"]] == ["invoice", "quote"]
    wanted = {"template": "KP-{number:3}", "yearly": False, "next_number": 17}
    changed = client.patch(f"{ROOT}/numbers/quote", wanted, JSON, headers=ANY)
    assert (changed.json()["example"], changed.json()["next_number"]) == ("KP-017", 17)
    wrong = client.patch(f"{ROOT}/numbers/quote", {"template": "KP"}, JSON, headers=ANY)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["template"])
    assert client.patch(f"{ROOT}/numbers/deal", wanted, JSON, headers=ANY).status_code == 404


def test_the_rotation(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client = api(alice)
    put = client.put(f"{ROOT}/rotation", {"people": [bob.pk]}, JSON)
    assert put.json() == client.get(f"{ROOT}/rotation").json() == {"people": [bob.pk]}
    assert client.put(f"{ROOT}/rotation", {"people": [10**9]}, JSON).status_code == 400
    assert client.get(f"{ROOT}/rotation").json() == {"people": [bob.pk]}


def test_cards_are_arranged_for_oneself_for_a_role_and_for_all(
    portal: Portal, api: ApiClient, alice: User, bob: User
) -> None:
    path = f"{ROOT}/cards/deal"
    first = {"name": "First of all", "fields": ["title", "amount"]}
    card = {"sections": [first], "left_out": ["source"]}
    assert api(bob).put(f"{path}?whom=all", card, JSON).status_code == 403
    assert api(alice).put(f"{path}?whom=all", card, JSON).status_code == 200
    seen = api(bob).get(path).json()
    assert seen["sections"][0] == first
    assert seen["left_out"] == ["source"]
    own = {"sections": [{"name": "Mine", "fields": ["amount"]}]}
    assert api(bob).put(path, own, JSON).json()["sections"][0] == own["sections"][0]
    assert api(bob).delete(path).status_code == 204
    assert api(bob).get(path).json() == seen
    twice = {"sections": [{"name": "Mine", "fields": ["amount", "amount"]}]}
    assert api(bob).put(path, twice, JSON).status_code == 400
    assert api(alice).get(f"{path}?whom=999999").status_code == 400
    assert api(alice).get(f"{ROOT}/cards/nothing").status_code == 404


def test_a_field_is_hidden_from_a_role(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    path = f"{ROOT}/fields/deal/amount/rights"
    assert bob.role is not None
    rights = {"rights": [{"role": bob.role.pk, "level": "hidden"}]}
    assert api(bob).put(path, rights, JSON).status_code == 403
    assert api(alice).put(path, rights, JSON).json() == api(alice).get(path).json() == rights
    sections = api(bob).get(f"{ROOT}/cards/deal").json()["sections"]
    assert "amount" not in {key for section in sections for key in section["fields"]}
    owner = Role.objects.get(base=Role.Base.OWNER)
    assert api(alice).put(path, {"rights": [{"role": owner.pk, "level": "read"}]}, JSON).status_code == 400
    assert api(alice).get(path).json() == rights


@pytest.mark.parametrize("place", ["pipelines", "stages"])
def test_a_role_reaches_less_far_in_one_place(
    portal: Portal, api: ApiClient, alice: User, bob: User, place: str
) -> None:
    deal = record(bob, DEAL, title="Cake")
    path = f"/api/v1/{place}/{deal.stage.pipeline_id if place == 'pipelines' else deal.stage_id}/rights"
    assert bob.role is not None
    rights = {"rights": [{"role": bob.role.pk, "verb": "view", "scope": "none"}]}
    assert api(bob).get(path).status_code == 403
    assert api(alice).get(path).json() == {"rights": []}
    assert api(alice).put(path, rights, JSON).json() == api(alice).get(path).json() == rights
    assert not visible(bob, DEAL).filter(pk=deal.pk).exists()
    twice = {"rights": [*rights["rights"], *rights["rights"]]}
    assert api(alice).put(path, twice, JSON).status_code == 400
    assert api(alice).put(path, {"rights": []}, JSON).status_code == 200
    assert visible(bob, DEAL).filter(pk=deal.pk).exists()
