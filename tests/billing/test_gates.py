"""The gates: what a refusal says, and what it leaves as it was."""

from collections.abc import Callable

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError
from django.test import Client

from billing.contracts import Period
from billing.domain import catalogue, entitlement, memory, override, subscription, usage
from billing.models import Plan, Subscription, UsageCounter
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import LimitReached, ReadOnly
from tenants.people.models import Role, User
from tenants.people.public import add_person, built_in_role, invite_people
from tenants.portals.models import Portal

DISK = "portals.disk_bytes"
GB = 2**30


def put_on(portal: Portal, slug: str) -> None:
    version = catalogue.current_version(Plan.objects.get(slug=slug))
    subscription.change_plan(actor=SYSTEM, portal=portal, version=version, period=Period.MONTH, reason="test")


def used(portal: Portal, limit: str) -> int | None:
    return UsageCounter.objects.filter(portal=portal, limit=limit).values_list("used", flat=True).first()


def test_a_counter_takes_gives_back_and_refuses_exactly_at_the_limit(portal: Portal) -> None:  # promise 32
    put_on(portal, "free")

    first = gates.reserve(DISK, 3 * GB)
    gates.reserve(DISK, 2 * GB)
    with pytest.raises(LimitReached) as refusal:
        gates.reserve(DISK, 1)

    assert (refusal.value.extra["used"], refusal.value.extra["maximum"]) == (5 * GB, 5 * GB)
    assert used(portal, DISK) == 5 * GB
    first.refund()
    assert gates.usage(DISK) == gates.Usage(limit=DISK, used=2 * GB, maximum=5 * GB)
    gates.reserve(DISK, 3 * GB)


def test_more_given_back_than_was_taken_leaves_nothing_in_use(portal: Portal) -> None:
    gates.reserve(DISK, 10)

    gates.release(DISK, 11)  # a restored backup knows files that the counter does not

    assert used(portal, DISK) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageCounter.objects.filter(portal=portal, limit=DISK).update(used=-1)


def test_a_count_anew_holds_unless_somebody_took_room_meanwhile(portal: Portal) -> None:  # promise 65
    def found_while_somebody_uploads() -> int:
        gates.reserve(DISK, 5)
        return 1000

    gates.reserve(DISK, 10)
    gates.recount(DISK, lambda: 1000)
    assert used(portal, DISK) == 1000
    gates.recount(DISK, found_while_somebody_uploads)
    assert used(portal, DISK) == 1005


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_cannot_be_taken(portal: Portal, amount: int) -> None:
    with pytest.raises(ValueError, match="one or more"):
        gates.reserve(DISK, amount)
    with pytest.raises(ValueError, match="one or more"):
        gates.release(DISK, amount)


@pytest.mark.commits
def test_a_place_is_taken_only_inside_a_transaction(fresh_portal: Callable[[], Portal]) -> None:
    with enter(fresh_portal()), pytest.raises(TransactionManagementError):
        gates.reserve(DISK, 1)


def test_the_thirteenth_person_is_refused_on_free_and_let_in_on_project(portal: Portal, alice: User) -> None:
    put_on(portal, "free")
    role = built_in_role(Role.Base.EMPLOYEE)
    for number in range(9):  # three are there already
        add_person(actor=alice, email=f"person{number}@acme.example", first_name="Person", role=role)

    with pytest.raises(LimitReached) as refusal:
        invite_people(actor=alice, emails=["thirteenth@acme.example"], role=role)

    said = refusal.value.problem()
    assert said["status"] == 402
    assert said["title"] == "The Free plan has 12 people, invited ones included."
    assert said["plans"] == ["project", "team", "company"]
    assert said["way_out"]["text"].startswith("Larger plans give more (Project: 24, Team: 50, Company: unlimited).")
    assert "(owner) can change the plan." in said["way_out"]["text"]
    assert said["way_out"]["url"] == "/billing/?for=people.seats"
    assert gates.usage("people.seats").used == 12

    put_on(portal, "project")
    invite_people(actor=alice, emails=["thirteenth@acme.example"], role=role)
    assert gates.usage("people.seats") == gates.Usage(limit="people.seats", used=13, maximum=24)


def test_a_guest_takes_no_seat(portal: Portal, alice: User) -> None:
    before = gates.usage("people.seats").used

    add_person(actor=alice, email="client@acme.example", first_name="Client", role=built_in_role(Role.Base.GUEST))

    assert gates.usage("people.seats").used == before
    assert gates.usage("people.guests").used == 2


def test_a_smaller_plan_deletes_nothing_warns_and_makes_read_only_after_the_grace(  # promise 36
    portal: Portal, alice: User
) -> None:
    for number in range(12):
        add_person(
            actor=alice, email=f"person{number}@acme.example", first_name="Person", role=built_in_role("employee")
        )
    people = User.objects.count()

    put_on(portal, "free")

    rights = memory.entitlements(portal.schema_name)
    over = usage.review(rights, portal.schema_name)
    assert User.objects.count() == people
    assert [(meter.key, meter.over) for meter in over] == [("people.seats", 3), ("people.guests", 1)]
    gates.require_writable()
    since = Subscription.objects.get(portal=portal).over_since
    assert since is not None
    with time_machine.travel(since + entitlement.GRACE, tick=False):
        with pytest.raises(ReadOnly) as refusal:
            gates.require_writable()
        assert "People: remove 3 of 15; Guests: remove 1 of 1" in refusal.value.problem()["way_out"]["text"]

        User.objects.filter(first_name="Person", pk__in=User.objects.order_by("-pk").values("pk")[:3]).update(
            is_active=False
        )
        User.objects.guests().update(is_active=False)
        gates.require_writable()  # it fits again, so it opens at once
    assert Subscription.objects.get(portal=portal).over_since is None


@pytest.mark.parametrize("status", ["read_only", "suspended", "closing"])
def test_a_portal_that_is_not_open_is_read_only(portal: Portal, status: str) -> None:
    from datetime import UTC, datetime

    Portal.objects.filter(pk=portal.pk).update(status=status, erase_after=datetime.now(UTC))
    memory.forget(portal.schema_name)

    with pytest.raises(ReadOnly) as refused:
        gates.require_writable()
    problem = refused.value.problem()
    assert (problem["status"], problem["state"]) == (403, status)  # RFC 9457: a number, that of the answer


def test_an_override_lets_one_more_in(portal: Portal) -> None:
    put_on(portal, "free")
    override.override_limit(actor=SYSTEM, portal=portal, limit=DISK, maximum=6 * GB, reason="Asked nicely")

    gates.reserve(DISK, 6 * GB)
    with pytest.raises(LimitReached):
        gates.reserve(DISK, 1)


def test_who_may_change_the_plan_is_not_told_to_ask(
    as_: Callable[[User], Client], portal: Portal, alice: User, bob: User
) -> None:
    role = Role.objects.get(pk=bob.role_id)
    override.override_limit(actor=SYSTEM, portal=portal, limit="people.seats", maximum=0, reason="test")
    form = {"emails": "new@example.com", "role": str(role.pk)}
    page = as_(alice).post("/people/invite/", form).content.decode()
    assert "Look at the plans" in page
    assert "Ask them" not in page
