"""Support access: only by an owner's leave, for a time, with a reason, recorded (promise 17)."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import NotFound
from saas.operator.domain import support
from saas.operator.models import SupportAccess
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support import clients

As = Callable[[User], Client]


def open_door(acme: Portal, alice: User, hours: int = 1) -> SupportAccess:
    with enter(acme):
        return support.let_in(actor=alice, hours=hours, reason="The board is empty")


def walk_in(as_: As, oscar: User, acme: Portal) -> Client:
    answer = as_(oscar).post(f"/operator/portals/{acme.pk}/enter/")
    assert answer.status_code == 302
    browser = clients.anonymous(acme)
    inside = browser.get(urlsplit(answer["Location"]).path)
    assert (inside.status_code, inside["Location"]) == (302, "/")
    return browser


def test_without_leave_there_is_no_way_in(as_: As, oscar: User, house: Portal, acme: Portal) -> None:  # promise 17
    assert as_(oscar).post(f"/operator/portals/{acme.pk}/enter/").status_code == 404
    with enter(house), pytest.raises(NotFound):
        support.issue_ticket(actor=oscar, portal=acme)
    with enter(acme):
        assert not AuditEntry.objects.filter(action="support.enter").exists()


def test_with_leave_support_enters_marked_and_everything_is_recorded(  # promise 17
    as_: As, oscar: User, acme: Portal, alice: User
) -> None:
    open_door(acme, alice)

    browser = walk_in(as_, oscar, acme)
    page = browser.get("/")

    assert "Support session until" in page.content.decode()
    assert "ui-bell" not in page.content.decode()
    with enter(acme):
        entered = AuditEntry.objects.get(action="support.enter")
        assert ("Charlie" in entered.actor_name, entered.note) == (True, "The board is empty")
        seen = AuditEntry.objects.get(action="support.request")
        assert ("(support)" in seen.actor_name, seen.note) == (True, "GET /")


@pytest.mark.parametrize("path", ["/account/password/change/", "/settings/support/", "/people/me/", "/notifications/"])
def test_support_cannot_reach_what_would_outlive_the_session(
    as_: As, oscar: User, acme: Portal, alice: User, path: str
) -> None:
    open_door(acme, alice)

    assert walk_in(as_, oscar, acme).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/people/invite/", "/settings/tokens/"])
def test_support_may_not_let_anybody_else_in(as_: As, oscar: User, acme: Portal, alice: User, path: str) -> None:
    open_door(acme, alice)

    assert walk_in(as_, oscar, acme).get(path).status_code in (403, 404)


def test_a_revoked_leave_ends_the_session_with_the_next_click(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    access = open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)

    as_(alice).post(f"/settings/support/{access.pk}/", {"do": "revoke"})

    assert browser.get("/")["Location"] == "/"
    assert "/account/login/" in browser.get("/")["Location"]


def test_the_session_ends_by_itself(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    access = open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)
    assert access.expires_at is not None

    with time_machine.travel(access.expires_at + timedelta(seconds=1), tick=False):
        assert browser.get("/").status_code == 302
        assert as_(oscar).post(f"/operator/portals/{acme.pk}/enter/").status_code == 404


def test_a_ticket_is_good_once_for_a_minute_and_in_one_portal(  # promise 6
    oscar: User, acme: Portal, house: Portal, alice: User
) -> None:
    open_door(acme, alice)
    with enter(house):
        ticket = support.issue_ticket(actor=oscar, portal=acme)
        with pytest.raises(NotFound):
            support.redeem_ticket(ticket)
    with enter(acme):
        support.redeem_ticket(ticket)
        with pytest.raises(NotFound):
            support.redeem_ticket(ticket)
        with pytest.raises(NotFound):
            support.redeem_ticket(ticket + "x")


def test_the_operator_asks_and_the_owner_answers(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    as_(oscar).post(f"/operator/portals/{acme.pk}/support/", {"reason": "Your form fails"})
    access = SupportAccess.objects.get(portal=acme)
    assert (access.state, access.is_open) == ("asked", False)

    owner = as_(alice)
    assert "Your form fails" in owner.get("/settings/support/").content.decode()
    owner.post(f"/settings/support/{access.pk}/", {"do": "let_in", "hours": "5"})
    assert SupportAccess.objects.get(pk=access.pk).state == "asked"  # five hours are not on offer
    owner.post(f"/settings/support/{access.pk}/", {"do": "let_in", "hours": "4"})

    access.refresh_from_db()
    assert access.is_open
    assert access.expires_at is not None
    assert access.granted_by == alice.pk


def test_only_owners_let_support_in(as_: As, bob: User, carol: User, acme: Portal) -> None:
    for person in (bob, carol):
        assert as_(person).post("/settings/support/", {"reason": "Help", "hours": "1"}).status_code == 403
    assert not SupportAccess.objects.exists()


def test_another_company_s_owner_cannot_answer(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    access = open_door(acme, alice)

    assert as_(oscar).post(f"/settings/support/{access.pk}/", {"do": "revoke"}).status_code == 404
    assert SupportAccess.objects.get(pk=access.pk).is_open


def test_support_takes_and_gives_no_rights(  # promise 17
    as_: As, oscar: User, acme: Portal, alice: User, bob: User
) -> None:
    open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)
    profile = {"first_name": "Mallory", "last_name": "", "version": alice.version}

    answers = {
        "ownership": browser.post(f"/people/{bob.pk}/ownership/"),
        "the owner's name": browser.post(f"/people/{alice.pk}/edit/", profile),
        "the owner's photo": browser.post(f"/people/{alice.pk}/photo/"),
        "sessions": browser.post(f"/people/{bob.pk}/sessions/"),
        "a token": browser.post("/api/v1/tokens", {"name": "x", "scopes": []}, content_type="application/json"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403)
    with enter(acme):
        people = {person.pk: person for person in User.objects.select_related("role")}
    assert (people[bob.pk].role.base, people[alice.pk].role.base) == ("employee", "owner")
    assert people[alice.pk].first_name == "Alice"


def test_support_works_in_the_modules(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)

    made = browser.post("/api/v1/leads", {"title": "Found by support"}, content_type="application/json")

    assert made.status_code == 201
    with enter(acme):
        entry = AuditEntry.objects.filter(action="lead.create").latest("id")
    assert "(support)" in entry.actor_name


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/crm/settings/selling/cards/", {"key": "rk_live_0123456789abcdef"}),
        ("/api/v1/crm-fields", {"kind": "lead", "type": "text", "name": "Theirs"}),
        ("/api/v1/rules", {"kind": "lead", "name": "Theirs", "trigger": "created", "steps": [{"do": "wait"}]}),
        ("/api/v1/letter-templates", {"kind": "lead", "name": "Theirs", "subject": "x", "body": "x"}),
        ("/api/v1/item-types", {"name": "Theirs", "plural": "Theirs"}),
    ],
)
def test_support_looks_at_settings_of_modules_and_changes_none(  # promise 17
    as_: As, oscar: User, acme: Portal, alice: User, path: str, sent: dict[str, object]
) -> None:
    open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)
    plain = not path.startswith("/api/")
    answer = browser.post(path, sent) if plain else browser.post(path, sent, content_type="application/json")
    assert answer.status_code == 403
    one = {"operations": [{"method": "POST", "path": path.removeprefix("/api/v1"), "body": sent}]}
    if not plain:
        told = browser.post("/api/v1/batch", one, content_type="application/json").json()
        assert told["results"][0]["status"] == 403
    assert browser.get(path.replace("cards/", "")).status_code == 200


def test_support_keeps_no_secret_and_no_view_of_the_owners(  # promise 17
    as_: As, oscar: User, acme: Portal, alice: User
) -> None:
    open_door(acme, alice)
    browser, path = walk_in(as_, oscar, acme), "/api/v1/crm-settings/card-payments"
    sent = {"key": "rk_live_0123456789abcdef"}
    view = {"list": "crm.leads", "name": "Theirs"}
    assert browser.put(path, sent, content_type="application/json").status_code == 403
    assert browser.delete(path).status_code == 403
    assert browser.post("/api/v1/saved-views", view, content_type="application/json").status_code == 403
    assert browser.get(path).json() == {"set": False, "ends": ""}
