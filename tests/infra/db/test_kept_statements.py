"""Statements that the server keeps ready belong to transactions as any other, and outlive search paths and faults."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from infra.db.connections import array, wire
from infra.db.current import enter
from tenants.portals.models import Portal

_ADD = "INSERT INTO public.rating_countrycalled (portal_id, country, first_at) VALUES (%s, %s, now()) RETURNING country"
_SUM = "SELECT sum(one)::bigint FROM unnest(%s::bigint[]) one WHERE one < %s::bigint"


def added(portal: Portal) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.rating_countrycalled WHERE portal_id = %s", [portal.pk])
        return int(cursor.fetchone()[0])


@pytest.mark.commits
def test_what_is_written_is_rolled_back_with_its_transaction(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    with transaction.atomic():
        assert wire().row(_ADD, [portal.pk, "DE"]) == ("DE",)  # the transaction's first statement
        transaction.set_rollback(True)
    assert added(portal) == 0
    assert wire().row(_ADD, [portal.pk, "DE"]) == ("DE",)
    assert added(portal) == 1


def test_a_refusal_is_djangos_own_and_leaves_the_statement_ready(acme: Portal) -> None:
    wire().row(_ADD, [acme.pk, "FR"])
    with pytest.raises(IntegrityError), transaction.atomic():
        wire().row(_ADD, [acme.pk, "FR"])
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            wire().row(_ADD, [acme.pk, "FR"])
        assert wire().row(_ADD, [acme.pk, "IT"]) == ("IT",)
        assert added(acme) == 2
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            wire().rows(_SUM, ["{1}", 2])


def test_it_is_kept_once_whatever_the_portal_the_numbers_and_the_connection(acme: Portal, globex: Portal) -> None:
    for _ in range(2):
        for where, numbers in ((acme, [1, 2]), (globex, [2**40, 3]), (acme, [])):
            with enter(where):
                assert wire().row(_SUM, [array(numbers), 2**50]) == (sum(numbers) or None,)
                connection.cursor().close()  # the connection moves to the portal's schema
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT sum(one)%'")
        assert cursor.fetchone()[0] == 1
