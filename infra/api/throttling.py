"""Rate limits of the portal's plan: a token bucket a second and a counter a day, in Redis, keyed by schema.

When Redis is down nothing fails open: each web process then keeps its own bucket at the same rate, so a portal gets at
most (processes x rate), and Redis is tried again after some seconds.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from redis import Redis, RedisError
from rest_framework.request import Request

from infra.db.current import current_schema
from infra.kit import gates
from infra.kit.errors import RateLimited

DAY = 86_400
_FIRST_DAY = date(1970, 1, 1)
_REST_AFTER_FAILURE = 5.0
_log = structlog.get_logger(__name__)

_SCRIPT = """
local second, day = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local left_day, left = -1, -1
if day >= 0 then
  left_day = day - tonumber(redis.call('GET', KEYS[2]) or '0')
  if left_day <= 0 then return {0, 0, 0, 86400 - (clock[1] % 86400)} end
end
if second > 0 then
  local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
  local level = tonumber(bucket[1]) or second
  level = math.min(second, level + math.max(0, now - (tonumber(bucket[2]) or now)) * second)
  if level < 1 then return {0, 0, left_day, math.ceil((1 - level) / second * 1000)} end
  left = level - 1
  redis.call('HSET', KEYS[1], 'level', left, 'at', now)
  redis.call('EXPIRE', KEYS[1], 5)
end
if redis.call('INCR', KEYS[2]) == 1 then redis.call('EXPIRE', KEYS[2], 172800) end
return {1, math.floor(left), left_day - 1, 0}
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the request may pass, what is left of both limits (None = unlimited), and how many seconds to wait."""

    passed: bool
    per_second: int | None
    per_day: int | None
    left_second: int
    left_day: int
    wait: int

    def headers(self) -> dict[str, str]:
        """RateLimit fields (draft-ietf-httpapi-ratelimit-headers)."""
        policies, states = [], []
        if self.per_second is not None:
            policies.append(f'"second";q={self.per_second};w=1')
            states.append(f'"second";r={self.left_second};t=1')
        if self.per_day is not None:
            policies.append(f'"day";q={self.per_day};w={DAY}')
            states.append(f'"day";r={self.left_day};t={DAY - int(time.time()) % DAY}')
        return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)} if policies else {}


def pass_or_refuse(request: Request) -> Verdict | None:
    """Count this request against the portal's plan. Raises RateLimited; None while limits are switched off, and inside
    a batch, which was counted as one."""
    if getattr(request._request, "in_batch", False):
        return None
    if not getattr(settings, "API_RATE_LIMITED", True):
        return None
    per_second, per_day = gates.limit_of("api.per_second"), gates.limit_of("api.per_day")
    verdict = _shared.take(current_schema(), per_second, per_day)
    if not verdict.passed:
        whole_day = per_day is not None and verdict.left_day <= 0
        text = (
            _("Your plan answers %(maximum)s API requests a day; they are used up.") % {"maximum": per_day}
            if whole_day
            else _("Your plan answers %(maximum)s API requests a second.") % {"maximum": per_second}
        )
        raise RateLimited(text, limit="api.per_day" if whole_day else "api.per_second", retry_after=verdict.wait)
    return verdict


def used_today() -> int:
    """API requests of the current portal today (UTC), 0 while Redis is down."""
    return used_on(datetime.now(UTC).date())


def used_on(day: date) -> int:
    """API requests of the current portal on `day` (UTC); 0 before yesterday, and while Redis is down."""
    return _shared.used_on(current_schema(), day)


def used_this_second() -> int:
    """A rate has no standing use: always 0."""
    return 0


def _day_key(schema: str, day: int) -> str:
    return f"{schema}:api:day:{day}"


class _Buckets:
    """Redis first; one process's own memory while Redis does not answer."""

    def __init__(self) -> None:
        self._redis: Redis | None = None
        self._rest_until = 0.0
        self._own: dict[str, tuple[float, float, int, int]] = {}
        self._lock = threading.Lock()

    def _connection(self) -> Redis:
        if self._redis is None:
            self._redis = Redis.from_url(settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25)
        return self._redis

    @staticmethod
    def _keys(schema: str) -> tuple[str, str]:
        return f"{schema}:api:second", _day_key(schema, int(time.time()) // DAY)

    def take(self, schema: str, per_second: int | None, per_day: int | None) -> Verdict:
        second, day = -1 if per_second is None else per_second, -1 if per_day is None else per_day
        passed, left, left_day, wait = self._ask(schema, second, day)
        return Verdict(
            passed=bool(passed),
            per_second=per_second,
            per_day=per_day,
            left_second=max(left, 0),
            left_day=max(left_day, 0),
            wait=max(1, wait if left_day == 0 and not passed else math.ceil(wait / 1000)),
        )

    def _ask(self, schema: str, second: int, day: int) -> tuple[int, int, int, int]:
        if time.monotonic() >= self._rest_until:
            try:
                passed, left, left_day, wait = self._connection().eval(_SCRIPT, 2, *self._keys(schema), second, day)
                return int(passed), int(left), int(left_day), int(wait)
            except RedisError as error:
                self._rest_until = time.monotonic() + _REST_AFTER_FAILURE
                _log.warning("api.limits.alone", error=type(error).__name__)
        return self._alone(schema, second, day)

    def _alone(self, schema: str, second: int, day: int) -> tuple[int, int, int, int]:
        now, today = time.monotonic(), int(time.time()) // DAY
        with self._lock:
            level, at, counted_on, counted = self._own.get(schema, (float(second), now, today, 0))
            counted = counted if counted_on == today else 0
            left_day = day - counted if day >= 0 else -1
            if left_day == 0:
                return 0, 0, 0, DAY - int(time.time()) % DAY
            if second > 0:
                level = min(float(second), level + (now - at) * second)
                if level < 1:
                    return 0, 0, left_day, math.ceil((1 - level) / second * 1000)
            self._own[schema] = (level - 1, now, today, counted + 1)
            return 1, math.floor(level - 1), left_day - 1, 0

    def used_on(self, schema: str, day: date) -> int:
        try:
            return int(self._connection().get(_day_key(schema, (day - _FIRST_DAY).days)) or 0)
        except RedisError:
            return 0


_shared = _Buckets()
