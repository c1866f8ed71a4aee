"""The broker keeps everything it took; the cache keeps what fits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from infra.local import LocalRedis


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalRedis]:
    with LocalRedis(tmp_path / "broker") as server:
        yield server


def fill(client: redis.Redis, number: int) -> None:
    for each in range(number):
        client.set(f"filler:{each}", "x" * 1000)


def test_what_the_broker_took_outlives_kill_9(broker: LocalRedis) -> None:  # promise 42
    with redis.Redis.from_url(broker.url()) as client:
        client.lpush("queue", *range(500))
    assert broker.process is not None
    broker.process.kill()
    broker.process.wait()
    broker.start()
    with redis.Redis.from_url(broker.url()) as client:
        assert client.llen("queue") == 500


def test_a_full_broker_refuses_instead_of_forgetting(broker: LocalRedis) -> None:  # promise 42
    with redis.Redis.from_url(broker.url()) as client:
        client.lpush("queue", "first")
        client.config_set("maxmemory", "3mb")
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            fill(client, 10_000)
        client.config_set("maxmemory", "0")
        assert client.lrange("queue", 0, -1) == [b"first"]


def test_a_full_cache_forgets_and_goes_on(tmp_path: Path) -> None:
    with LocalRedis(tmp_path / "cache", keep=False) as cache, redis.Redis.from_url(cache.url()) as client:
        client.config_set("maxmemory", "3mb")
        fill(client, 5_000)
        assert client.get("filler:4999") == b"x" * 1000
        assert client.dbsize() < 5_000


def test_the_password_is_asked_for(broker: LocalRedis) -> None:
    with (
        redis.Redis.from_url(broker.url().replace(broker.password, "guess")) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
