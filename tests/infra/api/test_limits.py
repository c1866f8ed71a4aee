"""Rate limits of the plan, counted in Redis, refused with the wait."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from redis import ConnectionError as RedisDown

from infra.api import throttling
from infra.kit import gates
from tenants.people.models import User
from tenants.portals.models import Portal

ApiClient = Callable[..., Client]


@pytest.fixture
def limits(portal: Portal, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """The plan's API limits, to be set by the test; buckets start full."""
    settings.API_RATE_LIMITED = True
    wanted: dict[str, int | None] = {"api.per_second": None, "api.per_day": None}
    monkeypatch.setattr(gates, "limit_of", wanted.__getitem__)
    monkeypatch.setattr(throttling, "_shared", throttling._Buckets())
    throttling._shared._connection().delete(*throttling._shared._keys(portal.schema_name))
    return wanted


def test_a_burst_beyond_the_plan_waits(limits: dict[str, int | None], api: ApiClient, alice: User) -> None:
    limits["api.per_second"] = 1
    client = api(alice)
    passed = client.get("/api/v1/me")
    assert passed.status_code == 200
    assert passed["RateLimit-Policy"] == '"second";q=1;w=1'
    assert passed["RateLimit"] == '"second";r=0;t=1'
    answers = [client.get("/api/v1/me") for _ in range(20)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused["Retry-After"] == "1"
    assert refused.json()["code"] == "rate_limited"
    assert refused.json()["limit"] == "api.per_second"


def test_a_day_ends(limits: dict[str, int | None], api: ApiClient, alice: User) -> None:
    limits["api.per_day"] = 2
    client = api(alice)
    assert [client.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/api/v1/me")
    assert refused.json()["limit"] == "api.per_day"
    assert 0 < int(refused["Retry-After"]) <= 86_400
    assert throttling.used_today() == 2


def test_without_redis_nothing_fails_open(  # promise 75
    limits: dict[str, int | None], api: ApiClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down:
        def eval(self, *args: Any) -> None:
            raise RedisDown

        def get(self, *args: Any) -> None:
            raise RedisDown

    monkeypatch.setattr(throttling._shared, "_connection", Down)
    limits["api.per_day"] = 2
    client = api(alice)
    assert [client.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    assert throttling.used_today() == 0


def test_portals_do_not_share_a_bucket(
    limits: dict[str, int | None], globex: Portal, api: ApiClient, alice: User, charlie: User
) -> None:  # promise 9
    throttling._shared._connection().delete(*throttling._shared._keys(globex.schema_name))
    limits["api.per_day"] = 1
    assert [api(alice).get("/api/v1/me").status_code for _ in range(2)] == [200, 429]
    assert api(charlie).get("/api/v1/me").status_code == 200
