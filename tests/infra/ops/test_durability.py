"""Servers that would forget in a power cut what they have confirmed are refused at start-up (promises 39, 42)."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from django.core.checks import Tags, run_checks
from django.test import override_settings

from infra.local import LocalPostgres, LocalRedis
from infra.local.postgres import SUPERUSER
from infra.ops.apps import refuse_to_work
from infra.ops.durability import ForgetfulServer, refuse_forgetful_broker, refuse_forgetful_database


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker as `make run` starts it."""
    with LocalRedis(tmp_path_factory.mktemp("broker")) as server:
        yield server.url()


def test_postgres_that_does_not_flush_is_refused(tmp_path: Path) -> None:  # promise 39
    with LocalPostgres(tmp_path / "postgres", durable=False) as server:
        with pytest.raises(ForgetfulServer, match="fsync = off"):
            refuse_forgetful_database(server.url())
        with override_settings(DURABLE_SERVERS=True, DATABASE_URL=server.url()):
            (found,) = run_checks(tags=[Tags.database], databases=["default"])
            assert (found.id, "fsync = off" in found.msg) == ("ops.E002", True)
            with pytest.raises(ForgetfulServer):
                refuse_to_work()
        with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute("ALTER DATABASE portal SET synchronous_commit = off")
        with pytest.raises(ForgetfulServer, match="synchronous_commit = off"):
            refuse_forgetful_database(server.url())


@pytest.mark.parametrize(
    ("name", "bad", "told"),
    [
        ("appendonly", "no", "append-only"),
        ("appendfsync", "no", "never flushes"),
        ("maxmemory-policy", "allkeys-lru", "drops jobs"),
    ],
)
def test_a_broker_that_may_forget_is_refused(broker: str, name: str, bad: str, told: str) -> None:  # promise 42
    refuse_forgetful_broker(broker)
    with redis.Redis.from_url(broker, decode_responses=True) as client:
        before = client.config_get(name)[name]
        client.config_set(name, bad)
        with pytest.raises(ForgetfulServer, match=told):
            refuse_forgetful_broker(broker)
        client.config_set(name, before)
    refuse_forgetful_broker(broker)
