"""Seats: counted with good invitations, refused with the way out, never oversold."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing.contracts import Period
from billing.domain import catalogue
from billing.domain.subscription import change_plan
from billing.models import Plan
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import LimitReached
from tenants.people.domain.invitation import accept_invitation, cancel_invitation, invite_people
from tenants.people.domain.person import change_role, deactivate_person, reactivate_person
from tenants.people.domain.role import built_in_role
from tenants.people.models import Invitation, User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent
from tests.tenants.people.test_invitations import invite, token_in


@pytest.fixture
def free(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Acme on the Free plan: 12 people, no guests. Three people and one guest are there."""
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert gates.limit_of("people.seats") == 12
        yield portal


def fill(actor: User, count: int) -> list[Invitation]:
    emails = [f"p{number}@acme.example" for number in range(count)]
    return list(invite_people(actor=actor, emails=emails, role=built_in_role("employee")).sent)


def test_the_thirteenth_person_is_refused_with_the_way_out(
    free: Portal, carol: User, as_: Callable[[User], Client], letters: list[Sent]
) -> None:
    fill(carol, 9)
    assert gates.usage("people.seats").used == 12
    client = as_(carol)
    role = built_in_role("employee")
    answer = client.post("/people/invite/", {"emails": "last@acme.example", "role": role.pk, "department": ""})
    assert answer.status_code == 402
    assert "12" in answer.content.decode()
    with pytest.raises(LimitReached) as refused:
        invite(carol, "last@acme.example")
    assert (refused.value.extra["used"], refused.value.extra["maximum"]) == (12, 12)
    assert refused.value.way_out is not None
    assert len(letters) == 9


def test_a_batch_that_does_not_fit_sends_nothing(free: Portal, carol: User, letters: list[Sent]) -> None:
    with pytest.raises(LimitReached):
        fill(carol, 10)
    assert letters == []
    assert not Invitation.objects.exists()


def test_who_was_invited_to_the_last_seat_gets_it(free: Portal, carol: User, letters: list[Sent]) -> None:
    fill(carol, 9)
    person = accept_invitation(token=token_in(letters[8]), first_name="P", last_name="", password=PASSWORD)
    assert person.is_active
    assert gates.usage("people.seats").used == 12


def test_cancelling_expiring_and_deactivating_free_a_seat(
    free: Portal, carol: User, bob: User, letters: list[Sent]
) -> None:
    waiting = fill(carol, 9)
    cancel_invitation(actor=carol, invitation=waiting[0])
    assert gates.usage("people.seats").used == 11
    deactivate_person(actor=carol, person=bob)
    assert gates.usage("people.seats").used == 10
    Invitation.objects.filter(id=waiting[1].id).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert gates.usage("people.seats").used == 9


def test_coming_back_and_becoming_staff_want_a_seat(
    free: Portal, carol: User, bob: User, dave: User, letters: list[Sent]
) -> None:
    deactivate_person(actor=carol, person=bob)
    fill(carol, 10)
    with pytest.raises(LimitReached):
        reactivate_person(actor=carol, person=bob)
    with pytest.raises(LimitReached):
        change_role(actor=carol, person=dave, role=built_in_role("employee"))
    bob.refresh_from_db()
    dave.refresh_from_db()
    assert (bob.is_active, dave.role.base) == (False, "guest")


def test_a_shrunk_plan_refuses_at_the_door_and_keeps_the_invitation(
    portal: Portal, carol: User, letters: list[Sent], anonymous: Callable[[Portal], Client]
) -> None:
    fill(carol, 15)
    link = letters[14].link("invitation")
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
        answer = anonymous(portal).post(link, {"first_name": "P", "password": PASSWORD})
        assert answer.status_code in (402, 403)
        assert "stays good" in answer.content.decode()
        assert User.objects.count() == 4
        assert anonymous(portal).get(link).status_code == 200


@pytest.mark.commits
def test_the_last_seat_goes_to_one(
    fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch
) -> None:  # promise 32
    monkeypatch.setattr("infra.adapters.mail.send", lambda *letter: None)
    portal = fresh_portal("Race")
    free = catalogue.plan_in_role(Plan.Role.FALLBACK)
    change_plan(actor=SYSTEM, portal=portal, version=free, period=Period.MONTH, reason="test")
    with enter(portal):
        owner = User.objects.owners().select_related("role").get()
        fill(owner, 10)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def attempt(number: int) -> None:
        try:
            with enter(portal):
                role = built_in_role("employee")
                start.wait(timeout=60)
                invite_people(actor=owner, emails=[f"racer{number}@race.example"], role=role)
            outcomes.append("in")
        except LimitReached:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 7
