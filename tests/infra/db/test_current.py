"""Being inside a portal: one door, one thread, nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction

from infra.db import changes, current
from infra.db.current import current_portal, current_schema, enter, enter_public, portal_schema
from infra.db.owner import owner_connection
from infra.kit.errors import NoPortal
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.waiting import until


def test_enter_and_return(acme: Portal, globex: Portal) -> None:
    assert current_schema() == "public"
    with enter(acme):
        assert (current_schema(), current_portal()) == (acme.schema_name, acme)
        with enter(globex.schema_name):
            assert (portal_schema(), current_portal()) == (globex.schema_name, globex)
        with enter_public(), pytest.raises(NoPortal):
            current_portal()
        assert current_schema() == acme.schema_name
    assert current_schema() == "public"


def test_left_also_when_the_work_fails(acme: Portal) -> None:
    with pytest.raises(ZeroDivisionError), enter(acme):
        raise ZeroDivisionError
    assert current_schema() == "public"


@pytest.mark.parametrize("schema", ["", "public"])
def test_public_is_no_portal(db: None, schema: str) -> None:
    with pytest.raises(NoPortal), enter(schema):
        pass


def test_schema_of_nobody_has_no_portal(db: None) -> None:
    with enter("portal_template"), pytest.raises(NoPortal):
        current_portal()


# promise 2
def test_portal_tables_refuse_to_work_outside(db: None) -> None:
    for query in (User.objects.count, User.objects.exists, lambda: list(User.objects.all()), User.objects.all().delete):
        with pytest.raises(NoPortal):
            query()
    with pytest.raises(NoPortal):
        Session.objects.count()  # a library's table, too
    with pytest.raises(NoPortal):
        User(email="x@example.com").save()


# promise 2
@pytest.mark.commits
def test_new_thread_is_in_no_portal(fresh_portal: Callable[..., Portal]) -> None:
    portal, seen = fresh_portal(), {}

    def work() -> None:
        try:
            seen["schema"] = current_schema()
            with pytest.raises(NoPortal):
                User.objects.count()
            with enter(portal):
                seen["inside"] = current_schema()
        finally:
            connection.close()

    with enter(portal):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert current_schema() == portal.schema_name
    assert seen == {"schema": "public", "inside": portal.schema_name}


# promise 2
@pytest.mark.commits
def test_two_threads_in_two_portals_never_see_each_other(fresh_portal: Callable[..., Portal]) -> None:
    portals = [fresh_portal("Initech"), fresh_portal("Umbrella")]
    barrier, seen = threading.Barrier(2, timeout=60), []

    def work(portal: Portal) -> None:
        try:
            for _ in range(50):
                barrier.wait()
                with enter(portal), connection.cursor() as cursor:
                    cursor.execute("SELECT current_schema()")
                    seen.append(cursor.fetchone()[0] == portal.schema_name == current_schema())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(portal,)) for portal in portals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 100


# promise 3
@pytest.mark.commits
def test_missing_table_is_never_read_from_public(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    table = User._meta.db_table
    with owner_connection() as raw:
        raw.execute(f'DROP TABLE "{portal.schema_name}"."{table}" CASCADE')
    with enter(portal):
        with pytest.raises(ProgrammingError, match=f'relation "{table}" does not exist'):
            User.objects.count()
        with pytest.raises(ProgrammingError, match=f'relation "{table}" does not exist'):
            User(email="x@example.com", first_name="X", role_id=1).save()


# promise 5
def test_rolled_back_savepoint_keeps_the_schema(acme: Portal, globex: Portal) -> None:
    def schema() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            return str(cursor.fetchone()[0])

    def fail(inside: Portal) -> None:
        assert schema() == inside.schema_name
        raise ZeroDivisionError

    with enter(acme):
        assert schema() == acme.schema_name
        with pytest.raises(ZeroDivisionError), transaction.atomic(), enter(globex):
            fail(globex)
        assert schema() == acme.schema_name
        with pytest.raises(ProgrammingError), transaction.atomic(), enter(globex), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
        assert schema() == acme.schema_name


# promise 5
@pytest.mark.commits
def test_rolled_back_transaction_keeps_the_schema(fresh_portal: Callable[..., Portal]) -> None:
    one, other = fresh_portal("Initech"), fresh_portal("Umbrella")

    def fail() -> None:
        assert User.objects.exists()
        raise ZeroDivisionError

    with enter(one):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), enter(other):
            fail()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            assert cursor.fetchone()[0] == one.schema_name


def test_change_of_the_row_is_seen_at_once(portal: Portal) -> None:
    assert current_portal().name == portal.name
    with enter_public():
        Portal.objects.filter(pk=portal.pk).update(name="Acme again")
        changes.announce(portal.schema_name)
    assert current_portal().name == "Acme again"


@pytest.mark.commits
def test_change_by_another_process_is_heard(
    fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "REMEMBERED_SECONDS", 3600.0)  # what is remembered is not read again by itself
    portal = fresh_portal("Initech")
    with enter(portal.schema_name):
        assert current_portal().name == portal.name
    with owner_connection() as raw:
        raw.execute("UPDATE portals_portal SET name = 'Initrode' WHERE id = %s", [portal.pk])

    def heard() -> bool:
        with enter(portal.schema_name):
            return current_portal().name == "Initrode"

    until(heard)
