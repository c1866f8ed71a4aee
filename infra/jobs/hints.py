"""Which portals have something to look at, and when: a hint in Redis that spares asking thousands of schemas.

A hint may be lost with Redis; a slow full sweep over the schemas finds what it missed.
"""

from __future__ import annotations

import time
from typing import cast

import structlog
from redis import RedisError

from infra.jobs.broker import PREFIX, broker

_log = structlog.get_logger(__name__)

_POP = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
if #due > 0 then redis.call('ZREM', KEYS[1], unpack(due)) end
return due
"""


class Hints:
    """One sorted set of schemas by the time something is due in them (seconds since the epoch)."""

    def __init__(self, name: str) -> None:
        self._key = f"{PREFIX}hints:{name}"

    def due(self, schema: str, at: float | None = None) -> None:
        """Something is due in `schema` at `at` (now, if None); an earlier hint stays. Never raises."""
        try:
            broker().zadd(self._key, {schema: at if at is not None else time.time()}, lt=True)
        except RedisError as error:
            _log.warning("jobs.hint_lost", hint=self._key, portal=schema, error=str(error))

    def pop(self, limit: int = 1000) -> list[str]:
        """Take the schemas in which something is due now; two callers never take the same."""
        return cast("list[str]", broker().eval(_POP, 1, self._key, time.time(), limit))

    def overdue(self) -> tuple[int, float]:
        """In how many portals something is due, and for how many seconds the longest one has been waiting."""
        now = time.time()
        oldest = cast("list[tuple[str, float]]", broker().zrangebyscore(self._key, "-inf", now, 0, 1, withscores=True))
        if not oldest:
            return 0, 0.0
        return broker().zcount(self._key, "-inf", now), now - oldest[0][1]

    def forget(self, schema: str) -> None:
        """Drop a deleted portal's hint."""
        broker().zrem(self._key, schema)
