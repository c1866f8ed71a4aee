"""Limits hold when many come at once (promise 32), with real commits on real PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from billing.contracts import Period
from billing.domain import catalogue, memory, override, subscription
from billing.models import Plan, UsageCounter
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import LimitReached
from tenants.people.domain.account import make_account
from tenants.people.models import Role, User
from tenants.people.public import built_in_role
from tenants.portals.models import Portal

DISK = "portals.disk_bytes"
THREADS = 50
AT_ONCE = 12  # connections; the rest of the threads wait for their turn


def at_once(work: Callable[[int], bool]) -> int:
    """How many of fifty threads, let go at the same moment, did what `work(number)` does."""
    together = threading.Barrier(AT_ONCE)

    def run(number: int) -> bool:
        try:
            if number < AT_ONCE:
                together.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(run, range(THREADS)))


def put_on_free(portal: Portal) -> None:
    version = catalogue.current_version(Plan.objects.get(slug="free"))
    subscription.change_plan(actor=SYSTEM, portal=portal, version=version, period=Period.MONTH, reason="test")


@pytest.mark.commits
def test_fifty_at_the_last_free_seat_and_one_gets_it(fresh_portal: Callable[[], Portal]) -> None:  # promise 32
    portal = fresh_portal()
    put_on_free(portal)
    with enter(portal), transaction.atomic():
        for number in range(12 - gates.usage("people.seats").used - 1):
            join(number)

    def take(number: int) -> bool:
        with enter(portal):
            try:
                with transaction.atomic():
                    gates.reserve("people.seats")
                    join(100 + number)
            except LimitReached:
                return False
        return True

    assert at_once(take) == 1
    with enter(portal):
        assert User.objects.employees().count() == 12


def join(number: int) -> None:
    make_account(
        email=f"person{number}@example.com",
        role=built_in_role(Role.Base.EMPLOYEE),
        password=None,
        email_verified=True,
        first_name="Person",
    )


@pytest.mark.commits
def test_fifty_at_the_last_bytes_never_take_more_than_there_are(
    fresh_portal: Callable[[], Portal],
) -> None:  # promise 32
    portal = fresh_portal()
    override.override_limit(actor=SYSTEM, portal=portal, limit=DISK, maximum=1000, reason="test")

    def take(number: int) -> bool:
        with enter(portal):
            try:
                with transaction.atomic():
                    gates.reserve(DISK, 300)
            except LimitReached:
                return False
        return True

    assert at_once(take) == 3
    with enter(portal):
        assert gates.usage(DISK).used == 900


@pytest.mark.commits
def test_a_change_in_one_process_is_known_to_another_connection_at_once(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    with enter(portal):
        assert memory.entitlements(portal.schema_name).plan == "company"

    def change() -> None:
        put_on_free(portal)
        connection.close()

    other = threading.Thread(target=change)
    other.start()
    other.join()

    with enter(portal):
        assert memory.entitlements(portal.schema_name).plan == "free"


class Counter(RuleBasedStateMachine):
    """Taking and giving back in any order, against a plain number."""

    portal: Portal
    maximum = 100

    def __init__(self) -> None:
        super().__init__()
        self.used = 0
        UsageCounter.objects.filter(portal=self.portal, limit=DISK).delete()

    @rule(amount=st.integers(1, 60))
    def take(self, amount: int) -> None:
        try:
            with transaction.atomic():
                gates.reserve(DISK, amount)
        except LimitReached:
            assert self.used + amount > self.maximum
        else:
            self.used += amount

    @rule(amount=st.integers(1, 60))
    def take_and_fail(self, amount: int) -> None:
        try:
            with transaction.atomic():
                gates.reserve(DISK, amount)
                raise LookupError
        except (LimitReached, LookupError):
            pass

    @precondition(lambda self: self.used > 0)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        amount = data.draw(st.integers(1, self.used))
        with transaction.atomic():
            gates.release(DISK, amount)
        self.used -= amount

    @invariant()
    def as_counted(self) -> None:
        assert gates.usage(DISK).used == self.used <= self.maximum


@pytest.mark.commits
def test_a_counter_in_any_order(fresh_portal: Callable[[], Portal]) -> None:  # promise 32
    portal = fresh_portal()
    override.override_limit(actor=SYSTEM, portal=portal, limit=DISK, maximum=Counter.maximum, reason="test")
    machine = type("PortalCounter", (Counter,), {"portal": portal}).TestCase
    machine.settings = settings(
        max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    with enter(portal):
        machine().runTest()
