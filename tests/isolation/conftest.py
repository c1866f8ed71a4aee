"""Both companies furnished, once for all tests of a module."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.isolation.world import Company, align_sequences, furnish
from tests.support import portals


@pytest.fixture(scope="module")
def companies(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Company, Company]]:
    """acme and globex, one record of every kind in each, ids equal. The end of the module takes it all back.

    A test that changes anything asks for `db` (or a fixture that does), which takes its changes back by itself.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        align_sequences(portals.get("acme"), portals.get("globex"))
        yield furnish("acme"), furnish("globex")
        transaction.set_rollback(True)
