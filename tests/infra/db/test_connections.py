"""A kept connection is looked at before a request's first statement, without asking the server."""

from __future__ import annotations

import os

import psycopg
from django.db import close_old_connections, connection
from pytest_django import DjangoDbBlocker

from tests.support.servers import SUPERUSER_URL


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_that_the_server_ended_is_replaced(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        before = _backend()
        close_old_connections()
        assert _backend() == before
        with psycopg.connect(os.environ[SUPERUSER_URL], autocommit=True) as superuser:
            ended = superuser.execute("SELECT pg_terminate_backend(%s, 10000)", [before]).fetchone()
        assert ended == (True,)
        close_old_connections()
        assert _backend() != before
        connection.close()
