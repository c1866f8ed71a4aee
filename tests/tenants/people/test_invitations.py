"""Invitations: good once, for a time, for one address, role and department of one portal."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from tenants.people.domain.department import create_department
from tenants.people.domain.invitation import (
    accept_invitation,
    addresses_in,
    cancel_invitation,
    change_invitation,
    invitation_by_token,
    invite_people,
    resend_invitation,
)
from tenants.people.domain.role import built_in_role
from tenants.people.models import Invitation, User
from tenants.portals.domain.email_index import find_portals
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent

Browser = Callable[[Portal], Client]


def token_in(letter: Sent) -> str:
    return letter.link("invitation").rstrip("/").rsplit("/", 1)[1]


def invite(actor: User, email: str = "nora@acme.example", role: str = "employee") -> Invitation:
    return invite_people(actor=actor, emails=[email], role=built_in_role(role)).sent[0]


def join(token: str) -> User:
    return accept_invitation(token=token, first_name="Nora", last_name="Lind", password=PASSWORD)


def dead(token: str) -> bool:
    try:
        invitation_by_token(token)
    except NotFound:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.example b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example,b@x.example;\n\nA@X.example", ["a@x.example", "b@x.example"]),
        ('"Lind, Nora" <nora@x.example>, Ole <ole@x.example>', ["nora@x.example", "ole@x.example"]),
        ("no address here", []),
    ],
)
def test_addresses_are_found_in_what_people_paste(text: str, found: list[str]) -> None:
    assert addresses_in(text) == found


def test_from_letter_to_colleague(
    acme: Portal, carol: User, as_: Callable[[User], Client], anonymous: Browser, letters: list[Sent]
) -> None:
    with enter(acme):
        sales = create_department(actor=SYSTEM, name="Sales")
        role = built_in_role("employee")
    answer = as_(carol).post(
        "/people/invite/",
        {"emails": "Nora@Acme.example, nora@acme.example", "role": role.pk, "department": sales.pk},
    )
    assert answer["Location"] == "/people/invitations/"
    assert [letter.to for letter in letters] == ["nora@acme.example"]
    link = letters[0].link("invitation")
    assert f"http://{acme.host}{link}" in letters[0].text
    guest = anonymous(acme)
    assert "nora@acme.example" in guest.get(link).content.decode()
    weak = guest.post(link, {"first_name": "Nora", "password": "short"})
    assert weak.status_code == 200
    assert 'value="Nora"' in weak.content.decode()
    assert guest.post(link, {"first_name": "Nora", "last_name": "Lind", "password": PASSWORD})["Location"] == "/"
    assert guest.get("/people/me/").status_code == 200
    with enter(acme):
        nora = User.objects.get(email="nora@acme.example")
        assert (nora.role, nora.department, nora.display_name) == (role, sales, "Nora Lind")
        assert nora.emailaddress_set.get().verified
        assert AuditEntry.objects.filter(action="people.person.join", record_id=nora.id).count() == 1
    assert find_portals(email="nora@acme.example") == [acme]
    again = anonymous(acme).get(link)
    assert again.status_code == 404
    assert "not good any more" in again.content.decode()


def test_letters_come_in_the_inviters_language(portal: Portal, carol: User, letters: list[Sent]) -> None:
    invite_people(actor=carol, emails=["a@acme.example"], role=built_in_role("employee"), locale="ru")
    invite_people(actor=carol, emails=["b@acme.example"], role=built_in_role("employee"), locale="en")
    assert [letter.subject for letter in letters] == ["Вас приглашают в Acme", "You are invited to Acme"]


def test_a_link_is_dead_on_another_portal(
    acme: Portal, globex: Portal, carol: User, anonymous: Browser, letters: list[Sent]
) -> None:  # promises 6, 25
    with enter(acme):
        invite(carol)
    link = letters[0].link("invitation")
    assert anonymous(globex).get(link).status_code == 404
    assert anonymous(globex).post(link, {"first_name": "Eve", "password": PASSWORD}).status_code == 404
    with enter(globex):
        assert User.objects.count() == 4
    assert anonymous(acme).get(link).status_code == 200


def test_only_the_hash_of_the_link_is_kept(portal: Portal, carol: User, letters: list[Sent]) -> None:
    made = invite(carol)
    token = token_in(letters[0])
    assert token not in str(Invitation.objects.filter(id=made.id).values().get())
    assert not any(token in str(row) for row in AuditEntry.objects.values())


def test_it_expires(portal: Portal, carol: User, letters: list[Sent]) -> None:
    invite(carol)
    token = token_in(letters[0])
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1), tick=False):
        assert dead(token)
        with pytest.raises(NotFound):
            join(token)
    assert not dead(token)


def test_resending_changing_and_cancelling_kill_older_links(
    portal: Portal, carol: User, letters: list[Sent]
) -> None:  # promise 25
    made = invite(carol)
    resend_invitation(actor=carol, invitation=made)
    assert dead(token_in(letters[0]))
    change_invitation(
        actor=carol, invitation=made, email="nora.lind@acme.example", role=built_in_role("guest"), department=None
    )
    assert dead(token_in(letters[1]))
    assert letters[2].to == "nora.lind@acme.example"
    person = invitation_by_token(token_in(letters[2]))
    assert (person.email, person.role.base) == ("nora.lind@acme.example", "guest")
    cancel_invitation(actor=carol, invitation=made)
    assert dead(token_in(letters[2]))
    with pytest.raises(Conflict):
        resend_invitation(actor=carol, invitation=made)


def test_who_is_here_or_invited_gets_no_second_letter(
    portal: Portal, carol: User, bob: User, letters: list[Sent]
) -> None:
    invite(carol)
    invited = invite_people(
        actor=carol, emails=["nora@acme.example", bob.email, "new@acme.example"], role=built_in_role("employee")
    )
    assert invited.already_invited == ("nora@acme.example",)
    assert invited.already_here == (bob.email,)
    assert [letter.to for letter in letters] == ["nora@acme.example", "new@acme.example"]


def test_a_wrong_address_sends_nothing(portal: Portal, carol: User, letters: list[Sent]) -> None:
    with pytest.raises(Invalid) as refused:
        invite_people(actor=carol, emails=["good@acme.example", "bad@"], role=built_in_role("employee"))
    assert refused.value.fields == {"emails": ["Not an e-mail address: bad@"]}
    assert letters == []
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["bob", "dave"])
def test_only_who_may_invites(portal: Portal, who: str, request: pytest.FixtureRequest, letters: list[Sent]) -> None:
    with pytest.raises(Denied):
        invite(request.getfixturevalue(who))
    assert letters == []


def test_nobody_is_invited_as_owner(portal: Portal, alice: User, carol: User, letters: list[Sent]) -> None:
    for actor in (alice, carol):
        with pytest.raises(Denied):
            invite(actor, role="owner")
    assert not Invitation.objects.exists()


def test_hidden_fields_set_nothing(
    acme: Portal, carol: User, anonymous: Browser, letters: list[Sent]
) -> None:  # promise 27
    with enter(acme):
        invite(carol)
        owner = built_in_role("owner")
    anonymous(acme).post(
        letters[0].link("invitation"),
        {
            "first_name": "Nora",
            "password": PASSWORD,
            "email": "eve@evil.example",
            "role": owner.pk,
            "role_id": owner.pk,
            "is_owner": "1",
            "department": "1",
            "is_active": "0",
            "photo_key": "x",
        },
    )
    with enter(acme):
        nora = User.objects.get(email="nora@acme.example")
        assert (nora.role.base, nora.is_active, nora.photo_key, nora.department) == ("employee", True, "", None)
