"""Who may do what to whom; what deactivation takes away; owners."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from infra import live
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid
from infra.kit.registry import registry
from infra.kit.spec import Scope
from tenants.people.domain.department import create_department
from tenants.people.domain.person import (
    Profile,
    add_person,
    change_role,
    deactivate_person,
    edit_profile,
    place_person,
    reactivate_person,
    transfer_ownership,
)
from tenants.people.domain.role import built_in_role, create_role
from tenants.people.models import User
from tenants.portals.domain.email_index import find_portals
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD

As = Callable[[User], Client]
PEOPLE = ("alice", "carol", "bob", "dave")


@pytest.fixture
def everyone(alice: User, bob: User, carol: User, dave: User) -> dict[str, User]:
    return {"alice": alice, "bob": bob, "carol": carol, "dave": dave}


# Who may deactivate whom: the owner everyone but themselves, the administrator everyone but owners and themselves.
MAY_DEACTIVATE = {("alice", "carol"), ("alice", "bob"), ("alice", "dave"), ("carol", "bob"), ("carol", "dave")}


@pytest.mark.parametrize("actor", PEOPLE)
@pytest.mark.parametrize("target", PEOPLE)
def test_who_may_deactivate_whom(portal: Portal, everyone: dict[str, User], actor: str, target: str) -> None:
    if (actor, target) in MAY_DEACTIVATE:
        assert deactivate_person(actor=everyone[actor], person=everyone[target]).is_active is False
    else:
        with pytest.raises(Denied):
            deactivate_person(actor=everyone[actor], person=everyone[target])
        everyone[target].refresh_from_db()
        assert everyone[target].is_active


@pytest.mark.parametrize("actor", PEOPLE)
@pytest.mark.parametrize("role", ["owner", "administrator", "employee"])
def test_who_may_give_which_role(portal: Portal, everyone: dict[str, User], actor: str, role: str) -> None:
    nina = add_person(actor=SYSTEM, email="nina@acme.example", role=built_in_role("employee"), first_name="Nina")
    allowed = {"alice": {"owner", "administrator", "employee"}, "carol": {"administrator", "employee"}}
    if role in allowed.get(actor, set()):
        assert change_role(actor=everyone[actor], person=nina, role=built_in_role(role)).role.base == role
    else:
        with pytest.raises(Denied):
            change_role(actor=everyone[actor], person=nina, role=built_in_role(role))
        nina.refresh_from_db()
        assert nina.role.base == "employee"


SCREENS = {
    "/people/": {"alice", "carol", "bob"},
    "/people/me/": {"alice", "carol", "bob", "dave"},
    "/people/departments/": {"alice", "carol", "bob"},
    "/people/departments/add/": {"alice", "carol"},
    "/people/chart/": {"alice", "carol", "bob"},
    "/people/roles/": {"alice", "carol"},
    "/people/roles/add/": {"alice", "carol"},
    "/people/sign-in/": {"alice", "carol"},
    "/people/invite/": {"alice", "carol"},
    "/people/invitations/": {"alice", "carol"},
}


@pytest.mark.parametrize("who", PEOPLE)
def test_screens_open_to_whom_they_should(acme: Portal, everyone: dict[str, User], as_: As, who: str) -> None:
    client = as_(everyone[who])
    opened = {url for url in SCREENS if client.get(url).status_code == 200}
    assert opened == {url for url, people in SCREENS.items() if who in people}


def test_strangers_and_guests_find_nobody(
    acme: Portal, globex: Portal, everyone: dict[str, User], charlie: User, as_: As, anonymous: Any
) -> None:  # promise 1
    bob, dave = everyone["bob"], everyone["dave"]
    assert as_(dave).get(f"/people/{bob.id}/").status_code == 404
    assert as_(dave).get(f"/people/{dave.id}/").status_code == 200
    page = as_(charlie).get(f"/people/{charlie.id}/").content.decode()
    assert "Globex-canary" in page
    assert "Acme-canary" not in page
    assert anonymous(acme).get(f"/people/{bob.id}/").status_code == 302


def test_deactivation_takes_everything_at_once(
    acme: Portal, carol: User, bob: User, anonymous: Any, api: Any, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:  # promise 19
    closed: list[int] = []
    monkeypatch.setattr(live, "disconnect", closed.append)
    with enter(acme):
        from tenants.people.domain.lookup import remember

        remember(bob)
    browser, program = anonymous(acme), api(bob)
    browser.post("/account/login/", {"login": bob.email, "password": PASSWORD})
    assert (browser.get("/people/me/").status_code, program.get("/api/v1/me").status_code) == (200, 200)
    assert as_(carol).post(f"/people/{bob.id}/deactivate/").status_code == 302
    assert (browser.get("/people/me/").status_code, program.get("/api/v1/me").status_code) == (302, 401)
    assert bob.id in closed
    assert find_portals(email=bob.email) == []
    with enter(acme):
        assert not Session.objects.filter(session_key=browser.cookies["session"].value).exists()
        assert AuditEntry.objects.filter(action="people.person.deactivate", record_id=bob.id).count() == 1
        reactivate_person(actor=carol, person=bob)
    assert browser.get("/people/me/").status_code == 302
    assert find_portals(email=bob.email) == [acme]


def test_the_last_owner_stays(portal: Portal, alice: User, carol: User) -> None:
    change_role(actor=alice, person=carol, role=built_in_role("owner"))
    carol.refresh_from_db()
    assert deactivate_person(actor=carol, person=alice).is_active is False
    nina = add_person(actor=SYSTEM, email="n@acme.example", role=built_in_role("administrator"), first_name="N")
    for refused in (
        lambda: deactivate_person(actor=SYSTEM, person=carol),
        lambda: change_role(actor=SYSTEM, person=carol, role=built_in_role("employee")),
    ):
        with pytest.raises(Conflict) as last:
            refused()
        assert last.value.code == "last_owner"
    assert nina.is_active
    assert [owner.id for owner in User.objects.owners()] == [carol.id]


def test_ownership_passes_on(portal: Portal, alice: User, bob: User, carol: User, dave: User) -> None:
    for person, reason in ((dave, Conflict), (alice, Conflict)):
        with pytest.raises(reason):
            transfer_ownership(actor=alice, person=person)
    with pytest.raises(Denied):
        transfer_ownership(actor=carol, person=bob)
    transfer_ownership(actor=alice, person=bob)
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert (alice.role.base, bob.role.base) == ("administrator", "owner")


def test_a_profile_takes_its_own_fields_and_no_others(acme: Portal, bob: User, as_: As) -> None:  # promise 27
    with enter(acme):
        owner = built_in_role("owner")
        department = create_department(actor=SYSTEM, name="Sales")
    before = {"email": bob.email, "role_id": bob.role_id, "department_id": None, "is_active": True, "photo_key": ""}
    answer = as_(bob).post(
        f"/people/{bob.id}/edit/",
        {
            "first_name": "Robert",
            "mobile_phone": "+49 151 23456789",
            "version": bob.version,
            "email": "x@evil.example",
            "role": owner.pk,
            "role_id": owner.pk,
            "department": department.pk,
            "department_id": department.pk,
            "is_active": "",
            "is_owner": "1",
            "is_staff": "1",
            "photo_key": "../x",
            "password": "x",
            "kind": "guest",
            "last_login": "",
        },
    )
    assert answer.status_code == 302
    with enter(acme):
        bob.refresh_from_db()
        assert (bob.first_name, bob.mobile_phone) == ("Robert", "+4915123456789")
        assert {name: getattr(bob, name) for name in before} == before
        assert bob.check_password(PASSWORD)


def test_nobody_edits_a_colleague_without_the_right(acme: Portal, bob: User, carol: User, as_: As) -> None:
    assert as_(bob).post(f"/people/{carol.id}/edit/", {"first_name": "X", "version": 1}).status_code == 403
    with enter(acme):
        carol.refresh_from_db()
        assert carol.first_name == "Carol"


def test_two_at_once_do_not_overwrite_each_other(portal: Portal, bob: User) -> None:  # promise 49
    version = bob.version
    edit_profile(actor=bob, person=bob, profile=Profile(first_name="One"), version=version)
    with pytest.raises(Conflict):
        edit_profile(actor=bob, person=bob, profile=Profile(first_name="Two"), version=version)
    bob.refresh_from_db()
    assert bob.first_name == "One"


def test_signing_in_is_no_change_to_collide_with(acme: Portal, bob: User, anonymous: Any) -> None:
    anonymous(acme).post("/account/login/", {"login": bob.email, "password": PASSWORD})
    with enter(acme):
        version = bob.version
        bob.refresh_from_db()
        assert (bob.version, bob.last_login is not None) == (version, True)


@pytest.mark.parametrize(("field", "value"), [("first_name", " "), ("work_phone", "call me"), ("last_name", "x" * 101)])
def test_a_wrong_profile_is_refused_at_its_field(portal: Portal, bob: User, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        edit_profile(actor=bob, person=bob, profile=Profile(**{"first_name": "Bob", field: value}))
    assert list(refused.value.fields) == [field]


def test_departments_reach_down_from_a_head(portal: Portal, alice: User, bob: User, carol: User) -> None:
    sales = create_department(actor=SYSTEM, name="Sales", head=bob)
    north = create_department(actor=SYSTEM, name="North", parent=sales)
    deep = create_department(actor=SYSTEM, name="Deep", parent=north)
    office = create_department(actor=SYSTEM, name="Office")
    place_person(actor=alice, person=bob, department=office)
    place_person(actor=alice, person=carol, department=north)
    assert User.objects.get(id=bob.id).department_ids() == {sales.id, north.id, deep.id, office.id}
    assert User.objects.get(id=carol.id).department_ids() == {north.id}


def test_rights_come_from_the_registry_and_are_not_carried_to_another_portal(
    acme: Portal, globex: Portal, bob: User
) -> None:  # promise 12
    with enter(acme):
        role = create_role(
            actor=SYSTEM, name="Recruiter", base="employee", permissions={"people.person.invite": Scope.ALL}
        )
        change_role(actor=SYSTEM, person=bob, role=role)
        acmes = User.objects.get(id=bob.id)
        assert acmes.scope("people.person.invite") == Scope.ALL
    with enter(globex):
        assert User.objects.get(id=bob.id).scope("people.person.invite") == Scope.NONE
    with enter(acme):
        User.objects.filter(id=bob.id).update(is_active=False)
        away = User.objects.get(id=bob.id)
        assert {away.scope(declared.key) for declared in registry.permissions} == {Scope.NONE}
    with pytest.raises(LookupError):
        bob.scope("people.person.fly")


def test_the_page_of_a_person_shows_their_history_to_who_manages(acme: Portal, carol: User, bob: User, as_: As) -> None:
    as_(bob).post("/preferences/", {"locale": "ru", "time_zone": "Europe/Berlin", "theme": "dark"})
    with enter(acme):
        bob.refresh_from_db()
        assert (bob.locale, bob.time_zone, bob.theme) == ("ru", "Europe/Berlin", "dark")
    assert "changed language, time zone or theme" in as_(carol).get(f"/people/{bob.id}/").content.decode()


def test_a_zone_that_is_none_is_refused(acme: Portal, bob: User, as_: As) -> None:
    answer = as_(bob).post("/preferences/", {"locale": "", "time_zone": "Mars/Base", "theme": "dark"})
    assert answer.status_code == 400
    with enter(acme):
        bob.refresh_from_db()
        assert (bob.time_zone, bob.theme) == ("", "auto")


def test_a_name_is_one_line(portal: Portal, bob: User) -> None:
    """It stands in subjects of letters and in notifications."""
    edited = edit_profile(actor=bob, person=bob, profile=Profile(first_name=" Rob\r\nBcc: x@y.example "))
    assert edited.first_name == "Rob Bcc: x@y.example"
