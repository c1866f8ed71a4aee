"""The directory: found by the beginning of words, paged, as many questions for many as for few."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from infra.db.current import enter
from infra.kit.access import SYSTEM
from tenants.people.domain.access import visible_people
from tenants.people.domain.cards import matching, person_card, search_people
from tenants.people.domain.department import create_department
from tenants.people.domain.erasure import erase_person
from tenants.people.domain.person import add_person, deactivate_person, place_person
from tenants.people.domain.role import built_in_role
from tenants.people.models import User
from tenants.people.seed import demo
from tenants.portals.models import Portal

As = Callable[[User], Client]


def add(number: int, **profile: str) -> User:
    return add_person(
        actor=SYSTEM,
        email=f"p{number:03}@acme.example",
        role=built_in_role("employee"),
        first_name=f"Person {number:03}",
        last_name=profile.get("last_name", "Zeta"),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ali", ["Alice"]),
        ("acme-canary bo", ["Bob"]),
        ("CAROL@acme", ["Carol"]),
        ("lice", []),
        ("' | ':* & !", []),
        ("alice bob", []),
    ],
)
def test_people_are_found_by_the_beginning_of_words(portal: Portal, alice: User, text: str, found: list[str]) -> None:
    assert sorted(matching(visible_people(alice), text).values_list("first_name", flat=True)) == found


def test_search_shows_only_whom_the_actor_sees(portal: Portal, alice: User, bob: User, dave: User) -> None:
    assert [card.title for card in search_people(alice, "bob", 5)] == ["Bob Acme-canary"]
    assert search_people(dave, "bob", 5) == []
    assert person_card(dave, bob.id) is None
    card = person_card(alice, bob.id)
    assert card is not None
    assert str(card.ref) == f"people.person:{bob.id}"


def test_many_people_cost_no_more_questions(portal: Portal, alice: User, as_: As) -> None:
    client = as_(alice)
    client.get("/people/")
    counts = []
    for number in range(3):
        place_person(actor=alice, person=add(number), department=None)
        if number != 1:
            with CaptureQueriesContext(connection) as queries:
                client.get("/people/")
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_filters(acme: Portal, alice: User, bob: User, carol: User, as_: As) -> None:
    with enter(acme):
        sales = create_department(actor=SYSTEM, name="Sales")
        north = create_department(actor=SYSTEM, name="North", parent=sales)
        place_person(actor=alice, person=bob, department=north)
        deactivate_person(actor=alice, person=carol)

    def found(client: Client, query: str) -> list[str]:
        ids = re.findall(r'<tr data-row="(\d+)"', client.get(f"/people/?{query}").content.decode())
        with enter(acme):
            return [User.objects.get(pk=pk).first_name for pk in ids]

    assert found(as_(alice), f"department={sales.id}") == ["Bob"]
    assert found(as_(alice), "shown=guests") == ["Dave"]
    assert found(as_(alice), "shown=inactive") == ["Carol"]
    assert "Carol" not in found(as_(bob), "shown=inactive")


def test_the_empty_page_helps(acme: Portal, alice: User, as_: As) -> None:
    assert "Nothing fits" in as_(alice).get("/people/?q=zzzz").content.decode()


def bulk(client: Client, action: str, people: list[User], **values: object) -> HttpResponse:
    return client.post("/people/", {"do": "bulk", "action": action, "ids": [one.id for one in people], **values})


def test_many_people_are_moved_and_given_a_role_at_once(acme: Portal, alice: User, as_: As) -> None:
    with enter(acme):
        new = [add(number) for number in range(3)]
        sales = create_department(actor=SYSTEM, name="Sales")
        guest = built_in_role("guest")
    assert bulk(as_(alice), "place", new, department=sales.id).status_code == 303
    assert bulk(as_(alice), "role", new, role=guest.id).status_code == 303
    with enter(acme):
        assert {(one.department_id, one.role_id) for one in User.objects.filter(pk__in=[one.id for one in new])} == {
            (sales.id, guest.id)
        }


def test_one_refusal_in_many_changes_nobody(acme: Portal, alice: User, carol: User, as_: As) -> None:
    with enter(acme):
        new = [add(number) for number in range(2)]
    assert (
        bulk(as_(carol), "deactivate", [*new, alice]).status_code == 403
    )  # an administrator, and the owner among them
    assert bulk(as_(carol), "deactivate", [*new, carol]).status_code == 403
    with enter(acme):
        assert User.objects.filter(is_active=False).count() == 0
    assert bulk(as_(carol), "deactivate", new).status_code == 303
    with enter(acme):
        assert User.objects.filter(is_active=False).count() == 2
    assert bulk(as_(carol), "reactivate", new).status_code == 303
    with enter(acme):
        assert User.objects.filter(is_active=False).count() == 0


def test_who_does_not_manage_people_neither_acts_on_them_nor_exports_them(
    acme: Portal, bob: User, carol: User, as_: As
) -> None:
    assert bulk(as_(bob), "deactivate", [carol]).status_code == 403
    assert as_(bob).get("/people/?export=csv").status_code == 403
    with enter(acme):
        assert User.objects.filter(is_active=False).count() == 0
    exported = b"".join(as_(carol).get("/people/?export=csv").streaming_content).decode()
    assert carol.email in exported


def test_names_are_text(acme: Portal, alice: User, as_: As) -> None:
    with enter(acme):
        add(1, last_name="<script>alert(1)</script>")
    page = as_(alice).get("/people/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_forgotten_person_leaves_no_name(portal: Portal, alice: User, bob: User) -> None:  # promise 50
    with pytest.raises(ValueError, match="deactivate"):
        erase_person(bob.id)
    deactivate_person(actor=alice, person=bob)
    erase_person(bob.id)
    erase_person(bob.id)
    bob.refresh_from_db()
    assert (bob.email, bob.display_name) == (f"erased-{bob.id}@invalid", f"#{bob.id}")
    assert not bob.emailaddress_set.exists()


@pytest.mark.parametrize(("locale", "head"), [("en", "Maria Keller"), ("ru", "Мария Кузнецова")])
def test_the_demo_company_has_people_in_its_language(portal: Portal, alice: User, locale: str, head: str) -> None:
    portal.locale = locale
    demo(portal)
    demo(portal)
    assert User.objects.count() == 10
    assert User.objects.get(email="maria@demo.example").display_name == head
    alice.refresh_from_db()
    assert alice.department is not None
