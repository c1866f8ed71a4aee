"""Saved views over REST: whose they are, what is offered to whom, and what may be done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from infra.audit.models import AuditEntry
from infra.kit.spec import Scope
from infra.ui.domain.erasure import erase_person
from infra.ui.models import SavedView
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal

Api = Callable[..., Client]
JSON = "application/json"
VIEWS = "/api/v1/saved-views"


def keep(client: Client, name: str, **more: Any) -> Any:
    return client.post(VIEWS, {"list": "crm.leads", "name": name, **more}, JSON)


def named(client: Client, tail: str = "") -> list[str]:
    return [view["name"] for view in client.get(f"{VIEWS}{tail}").json()["results"]]


def test_a_view_is_kept_renamed_shared_used_and_removed(
    portal: Portal, api: Api, as_: Api, alice: User, bob: User
) -> None:
    mine, theirs = api(alice), api(bob)
    made = keep(mine, " Hot  ones", query="?q=bread&order=amount&after=x&part=count", columns=["title", "amount"])
    view, address = made.json(), made["Location"]
    assert (made.status_code, view["name"], view["query"]) == (201, "Hot ones", "q=bread&order=amount")
    assert (view["author"], view["url"]) == (alice.pk, f"/crm/leads/?q=bread&order=amount&view={view['id']}")
    assert keep(mine, "Hot ones", query="q=rye").json()["id"] == view["id"]  # the same name again replaces it
    assert (named(theirs), theirs.get(address).status_code) == ([], 404)
    changed = mine.patch(address, {"name": "Warm", "shared": True}, JSON).json()
    assert (changed["name"], changed["shared"], changed["query"]) == ("Warm", True, "q=rye")
    assert named(theirs, "?list=crm.leads") == ["Warm"]
    assert named(theirs, "?list=crm.deals") == []
    shown = as_(bob).get(theirs.get(address).json()["url"])
    assert "Warm" in shown.content.decode()
    assert theirs.patch(address, {"name": "Bob's"}, JSON).status_code == theirs.delete(address).status_code == 403
    assert SavedView.objects.get(pk=view["id"]).name == "Warm"
    assert mine.delete(address).status_code == 204
    assert named(mine) == []
    told = AuditEntry.objects.filter(action__in=["view.save", "view.delete"]).order_by("pk")
    assert list(told.values_list("action", "note")) == [
        ("view.save", "crm.leads: Warm"),
        ("view.delete", "crm.leads: Warm"),
    ]


def test_a_shared_view_of_a_list_that_one_may_not_open_is_not_there(
    portal: Portal, api: Api, alice: User, bob: User
) -> None:
    address = keep(api(alice), "Hot", shared=True)["Location"]
    assert named(api(bob)) == ["Hot"]
    bob.role = create_role(actor=alice, name="Deals", base="employee", permissions={"crm.lead.view": Scope.NONE})
    bob.save()
    closed = api(User.objects.get(pk=bob.pk))
    assert (named(closed), closed.get(address).status_code) == ([], 404)
    assert "crm.leads" not in {one["key"] for one in closed.get(f"{VIEWS}/lists").json()["lists"]}
    assert keep(closed, "Mine").json()["errors"] == {"list": ["Choose one of the list."]}
    assert api(alice, scopes=["crm.deal.view"]).get(address).status_code == 404  # nor by a token without that right


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"list": "crm.nothing"}, "list"),
        ({"query": "q=" + "x" * 4_000}, "query"),
        ({"columns": ["x"] * 301}, "columns"),
        ({"screen": "crm.leads"}, "screen"),
    ],
)
def test_what_is_no_view(portal: Portal, api: Api, alice: User, sent: dict[str, Any], field: str) -> None:
    refused = api(alice).post(VIEWS, {"list": "crm.leads", "name": "Hot", **sent}, JSON)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    assert not SavedView.objects.exists()


def test_two_of_one_name_and_too_many_are_refused(
    portal: Portal, api: Api, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(alice)
    first, second = keep(client, "A")["Location"], keep(client, "B")["Location"]
    assert list(client.patch(second, {"name": "A"}, JSON).json()["errors"]) == ["name"]
    assert client.patch(second, {"list": "crm.deals"}, JSON).status_code == 400
    monkeypatch.setattr("infra.ui.lists.saved.MOST", 2)
    assert keep(client, "C").status_code == 400
    assert keep(client, "A", query="q=x").status_code == 201
    assert client.get(first).json()["query"] == "q=x"
    assert named(client) == ["A", "B"]


def test_what_others_share_is_put_in_order_by_who_may(portal: Portal, api: Api, alice: User, bob: User) -> None:
    address = keep(api(bob), "Bob's", shared=True)["Location"]
    hidden = keep(api(bob), "Own")["Location"]
    assert api(alice).patch(address, {"name": "Everybody's"}, JSON).json()["author"] == bob.pk
    assert api(alice).patch(hidden, {"name": "x"}, JSON).status_code == 404
    erase_person(bob.pk)  # who shared it is gone, and it can still be removed
    assert api(alice).delete(address).status_code == 204


def test_own_views_are_offered_however_many_others_share(
    portal: Portal, as_: Api, api: Api, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.ui.lists.saved.MOST", 2)
    for name in ("A", "B"):
        keep(api(alice), name, shared=True)
    keep(api(bob), "Zebra")
    assert "Zebra" in as_(bob).get("/crm/leads/").content.decode()


def test_lists_of_own_objects_are_named_too(portal: Portal, api: Api, alice: User) -> None:
    made = api(alice).post("/api/v1/item-types", {"name": "Claim", "plural": "Claims"}, JSON).json()
    key = f"crm.item_{made['id']}s"
    assert key in {one["key"] for one in api(alice).get(f"{VIEWS}/lists").json()["lists"]}
    assert keep(api(alice), "Open", list=key).json()["url"].startswith(f"/crm/items/{made['id']}/?view=")
