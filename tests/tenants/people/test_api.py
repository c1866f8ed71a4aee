"""People over REST: the same verbs, the same refusals."""

from collections.abc import Callable

import pytest
from django.test import Client

from infra.db.current import enter
from tenants.people.domain.role import built_in_role
from tenants.people.models import Department, Invitation, Role, User
from tenants.portals.models import Portal
from tests.tenants.people.conftest import Sent

Api = Callable[..., Client]
JSON = "application/json"


def test_people_are_listed_and_found(acme: Portal, alice: User, bob: User, dave: User, api: Api) -> None:
    listed = api(alice).get("/api/v1/people").json()
    assert [row["first_name"] for row in listed["results"]] == ["Alice", "Bob", "Carol", "Dave"]
    assert [row["id"] for row in api(alice).get("/api/v1/people?q=bo").json()["results"]] == [bob.id]
    assert api(dave).get("/api/v1/people").status_code == 403


def test_another_portals_people_are_not_there(globex: Portal, charlie: User, bob: User, api: Api) -> None:  # promise 1
    body = api(charlie).get("/api/v1/people").content.decode()
    assert "Acme-canary" not in body
    assert api(charlie).get(f"/api/v1/people/{bob.id + 4000}").status_code == 404


def test_a_person_is_changed_by_version(acme: Portal, alice: User, bob: User, api: Api) -> None:  # promise 49
    client, url = api(alice), f"/api/v1/people/{bob.id}"
    etag = client.get(url)["ETag"]
    assert client.patch(url, {"job_title": "Clerk"}, content_type=JSON).status_code == 428
    done = client.patch(url, {"job_title": "Clerk"}, content_type=JSON, headers={"If-Match": etag})
    assert (done.status_code, done.json()["job_title"], done.json()["first_name"]) == (200, "Clerk", "Bob")
    again = client.patch(url, {"job_title": "Boss"}, content_type=JSON, headers={"If-Match": etag})
    assert again.status_code == 412


@pytest.mark.parametrize(
    "field",
    ["role", "role_id", "department", "is_active", "is_owner", "email", "kind", "password", "photo_key", "version"],
)
def test_no_field_is_set_behind_the_door(
    acme: Portal, alice: User, bob: User, api: Api, field: str
) -> None:  # promise 27
    url = f"/api/v1/people/{bob.id}"
    client = api(alice)
    answer = client.patch(url, {field: 1}, content_type=JSON, headers={"If-Match": "*"})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    with enter(acme):
        fresh = User.objects.get(id=bob.id)
        assert (fresh.version, fresh.role_id, fresh.email) == (bob.version, bob.role_id, bob.email)


def test_access_changes_by_verbs(acme: Portal, alice: User, carol: User, bob: User, api: Api) -> None:
    with enter(acme):
        guest, owner = built_in_role("guest"), built_in_role("owner")
    client = api(carol)
    assert client.post(f"/api/v1/people/{bob.id}/role", {"role": guest.pk}, content_type=JSON).json()["kind"] == "guest"
    lifted = client.post(f"/api/v1/people/{bob.id}/role", {"role": owner.pk}, content_type=JSON)
    assert (lifted.status_code, lifted.json()["code"]) == (403, "role_above")
    assert client.post(f"/api/v1/people/{bob.id}/deactivate").json()["is_active"] is False
    assert client.post(f"/api/v1/people/{bob.id}/reactivate").json()["is_active"] is True
    assert client.post(f"/api/v1/people/{alice.id}/deactivate").status_code == 403
    unknown = client.post(f"/api/v1/people/{bob.id}/hand-over", {"to": carol.id, "kinds": ["x.y"]}, content_type=JSON)
    assert unknown.status_code == 400


def test_a_token_reaches_no_further_than_its_scopes(acme: Portal, alice: User, bob: User, api: Api) -> None:
    client = api(alice, scopes=["people.person.view"])
    assert client.get("/api/v1/people").status_code == 200
    assert client.post(f"/api/v1/people/{bob.id}/deactivate").status_code == 403
    with enter(acme):
        assert User.objects.get(id=bob.id).is_active


def test_invitations(acme: Portal, carol: User, bob: User, api: Api, letters: list[Sent]) -> None:
    with enter(acme):
        role = built_in_role("employee")
    client = api(carol)
    made = client.post("/api/v1/invitations", {"email": "Nora@Acme.example", "role": role.pk}, content_type=JSON)
    assert (made.status_code, made.json()["email"], made.json()["status"]) == (201, "nora@acme.example", "pending")
    assert "token" not in made.content.decode()
    assert (
        client.post(
            "/api/v1/invitations", {"email": "nora@acme.example", "role": role.pk}, content_type=JSON
        ).status_code
        == 409
    )
    url = f"/api/v1/invitations/{made.json()['id']}"
    assert client.post(f"{url}/resend").status_code == 200
    moved = client.patch(url, {"email": "n@acme.example"}, content_type=JSON, headers={"If-Match": "*"})
    assert moved.json()["email"] == "n@acme.example"
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204
    with enter(acme):
        assert Invitation.objects.get().status == "cancelled"
    assert [letter.to for letter in letters] == ["nora@acme.example", "nora@acme.example", "n@acme.example"]
    assert api(bob).get("/api/v1/invitations").status_code == 403


def test_departments(acme: Portal, alice: User, bob: User, api: Api) -> None:
    client = api(alice)
    sales = client.post("/api/v1/departments", {"name": "Sales", "head": bob.id}, content_type=JSON).json()
    north = client.post("/api/v1/departments", {"name": "North", "parent": sales["id"]}, content_type=JSON).json()
    ring = client.post(f"/api/v1/departments/{sales['id']}/move", {"parent": north["id"]}, content_type=JSON)
    assert (ring.status_code, ring.json()["code"]) == (400, "department_cycle")
    changed = client.patch(
        f"/api/v1/departments/{north['id']}", {"name": "Nord"}, content_type=JSON, headers={"If-Match": "*"}
    )
    assert (changed.json()["name"], changed.json()["parent"]) == ("Nord", sales["id"])
    assert client.delete(f"/api/v1/departments/{sales['id']}", headers={"If-Match": "*"}).status_code == 204
    with enter(acme):
        assert [(row.name, row.parent_id) for row in Department.objects.all()] == [("Nord", None)]
    assert api(bob).post("/api/v1/departments", {"name": "X"}, content_type=JSON).status_code == 403


def test_roles(acme: Portal, alice: User, bob: User, api: Api) -> None:
    client = api(alice)
    made = client.post(
        "/api/v1/roles",
        {"name": "Recruiter", "base": "employee", "permissions": {"people.person.invite": "all"}},
        content_type=JSON,
    )
    assert (made.status_code, made.json()["permissions"]["people.person.invite"]) == (201, "all")
    url = f"/api/v1/roles/{made.json()['id']}"
    wrong = client.patch(
        url, {"permissions": {"people.person.fly": "all"}}, content_type=JSON, headers={"If-Match": "*"}
    )
    assert wrong.status_code == 400
    lifted = client.patch(url, {"base": "owner"}, content_type=JSON, headers={"If-Match": "*"})
    assert lifted.status_code == 400
    done = client.patch(
        url, {"permissions": {"people.person.invite": "none"}}, content_type=JSON, headers={"If-Match": "*"}
    )
    assert done.json()["permissions"]["people.person.invite"] == "none"
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204
    with enter(acme):
        assert Role.objects.count() == 4
    assert api(bob).get("/api/v1/roles").status_code == 403
