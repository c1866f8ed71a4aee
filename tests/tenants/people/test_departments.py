"""The company's tree: never a ring, nobody lost."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid
from tenants.people.domain.department import (
    create_department,
    delete_department,
    edit_department,
    move_department,
)
from tenants.people.domain.person import place_person
from tenants.people.domain.queries import department_tree, manager_of
from tenants.people.models import Department, User
from tenants.people.models.department import subtree_ids
from tenants.portals.models import Portal

As = Callable[[User], Client]


def names(branches: tuple[object, ...]) -> list[object]:
    return [
        (branch.department.name, names(branch.branches)) if branch.branches else branch.department.name
        for branch in branches
    ]


@pytest.fixture
def tree(portal: Portal) -> dict[str, Department]:
    """Sales with North (with Harbour) and South, and Office."""
    made: dict[str, Department] = {}
    for name, parent in (
        ("Sales", None),
        ("North", "Sales"),
        ("Harbour", "North"),
        ("South", "Sales"),
        ("Office", None),
    ):
        made[name] = create_department(actor=SYSTEM, name=name, parent=made[parent] if parent else None)
    return made


def test_the_tree_reads_in_order(tree: dict[str, Department]) -> None:
    assert names(department_tree()) == [("Sales", [("North", ["Harbour"]), "South"]), "Office"]
    assert subtree_ids({tree["North"].id}) == {tree["North"].id, tree["Harbour"].id}


def test_branches_move_with_what_is_under_them(tree: dict[str, Department], alice: User) -> None:
    move_department(actor=alice, department=tree["North"], parent=tree["Office"])
    assert names(department_tree()) == [("Sales", ["South"]), ("Office", [("North", ["Harbour"])])]
    move_department(actor=alice, department=tree["Office"], parent=None, before=tree["Sales"])
    assert names(department_tree()) == [("Office", [("North", ["Harbour"])]), ("Sales", ["South"])]
    assert AuditEntry.objects.filter(action="people.department.move").count() == 2


@pytest.mark.parametrize("under", ["Sales", "North", "Harbour"])
def test_nothing_stands_under_itself(tree: dict[str, Department], alice: User, under: str) -> None:
    with pytest.raises(Invalid) as refused:
        move_department(actor=alice, department=tree["Sales"], parent=tree[under])
    assert refused.value.code == "department_cycle"
    assert names(department_tree()) == [("Sales", [("North", ["Harbour"]), "South"]), "Office"]


def test_siblings_have_different_names(tree: dict[str, Department], alice: User) -> None:
    with pytest.raises(Invalid):
        create_department(actor=alice, name=" North ", parent=tree["Sales"])
    with pytest.raises(Invalid):
        edit_department(actor=alice, department=tree["South"], name="North", head=None)
    assert create_department(actor=alice, name="North").parent is None


def test_a_dissolved_department_hands_its_people_up(tree: dict[str, Department], alice: User, bob: User) -> None:
    place_person(actor=alice, person=bob, department=tree["North"])
    assert delete_department(actor=alice, department=tree["North"]) == 1
    bob.refresh_from_db()
    assert bob.department == tree["Sales"]
    assert names(department_tree()) == [("Sales", ["Harbour", "South"]), "Office"]


def test_whom_people_report_to(tree: dict[str, Department], alice: User, bob: User, carol: User) -> None:
    edit_department(actor=alice, department=tree["Sales"], name="Sales", head=carol)
    place_person(actor=alice, person=bob, department=tree["Harbour"])
    assert manager_of(User.objects.get(id=bob.id)) == carol
    edit_department(actor=alice, department=tree["Harbour"], name="Harbour", head=bob)
    assert manager_of(User.objects.get(id=bob.id)) == carol
    place_person(actor=alice, person=carol, department=tree["Sales"])
    assert manager_of(User.objects.get(id=carol.id)) is None


def test_a_head_is_an_active_colleague(tree: dict[str, Department], alice: User, dave: User) -> None:
    with pytest.raises(Invalid):
        edit_department(actor=alice, department=tree["Sales"], name="Sales", head=dave)


def test_an_older_version_is_refused(tree: dict[str, Department], alice: User) -> None:  # promise 49
    version = tree["Office"].version
    edit_department(actor=alice, department=tree["Office"], name="Desk", head=None, version=version)
    with pytest.raises(Conflict):
        edit_department(actor=alice, department=tree["Office"], name="Bureau", head=None, version=version)


def test_only_who_may_shapes_it(tree: dict[str, Department], bob: User) -> None:
    for attempt in (
        lambda: create_department(actor=bob, name="Mine"),
        lambda: move_department(actor=bob, department=tree["North"], parent=None),
        lambda: delete_department(actor=bob, department=tree["North"]),
        lambda: edit_department(actor=bob, department=tree["North"], name="Mine", head=bob),
    ):
        with pytest.raises(Denied):
            attempt()


@given(moves=st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 6)), max_size=25))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_sequence_of_moves_makes_a_ring(acme: Portal, moves: list[tuple[int, int]]) -> None:
    with enter(acme), transaction.atomic():
        rows = [create_department(actor=SYSTEM, name=f"D{number}") for number in range(7)]
        refusals: set[str] = set()
        for which, under in moves:
            try:
                move_department(actor=SYSTEM, department=rows[which], parent=rows[under] if under >= 0 else None)
            except Invalid as refused:
                refusals.add(refused.code)
        assert refusals <= {"department_cycle"}
        seen: list[str] = []

        def walk(branches: tuple[object, ...]) -> None:
            for branch in branches:
                seen.append(branch.department.name)
                walk(branch.branches)

        walk(department_tree())
        assert sorted(seen) == [f"D{number}" for number in range(7)]
        transaction.set_rollback(True)


def test_the_page_asks_as_often_for_many_as_for_few(portal: Portal, alice: User, as_: As) -> None:
    counts = []
    client = as_(alice)
    client.get("/people/departments/")
    for number in range(6):
        create_department(actor=SYSTEM, name=f"D{number}", head=alice)
        if number in (0, 5):
            with CaptureQueriesContext(connection) as queries:
                assert client.get("/people/departments/").status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_moving_by_the_page(tree: dict[str, Department], alice: User, as_: As) -> None:
    client = as_(alice)
    url = f"/people/departments/{tree['South'].id}/move/"
    assert client.post(url, {"parent": tree["Office"].id}).status_code == 302
    assert names(department_tree()) == [("Sales", [("North", ["Harbour"])]), ("Office", ["South"])]
    assert client.post(url, {"parent": "x"}).status_code == 404
    assert client.post("/people/departments/999/move/", {"parent": ""}).status_code == 404
