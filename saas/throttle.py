"""How often strangers may knock at the service's own doors: counters in Redis that fail closed."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

from infra.kit.errors import RateLimited, Unavailable
from tenants.people.sign_in.client import client_ip, household_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rate:
    """At most `times` in `seconds`, counted in fixed windows."""

    times: int
    seconds: int


def throttle(what: str, who: str, rate: Rate) -> None:
    """Count one knock of `who` at `what`. Raises RateLimited beyond the rate, Unavailable while Redis is down."""
    key = f"knock:{what}:{who}"
    try:
        cache.add(key, 0, rate.seconds)
        try:
            knocks = cache.incr(key)
        except ValueError:  # the window ended between the two commands
            cache.set(key, 1, rate.seconds)
            knocks = 1
    except RedisError as error:
        _log.exception("throttle.redis_unreachable", what=what)
        raise Unavailable from error
    if knocks > rate.times:
        raise RateLimited(retry_after=rate.seconds)


def visitor(request: HttpRequest) -> str:
    """Whom a request is counted for."""
    return household_of(client_ip(request))
