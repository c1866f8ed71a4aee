"""The broker's Redis, for what Celery itself does not keep there: windows and slots."""

from __future__ import annotations

import functools

from django.conf import settings
from redis import Redis

PREFIX = "jobs:"


@functools.cache
def broker() -> Redis:
    """One connection pool per process; answers within seconds or raises redis.RedisError."""
    return Redis.from_url(settings.REDIS_BROKER_URL, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)


def claim(name: str, seconds: int) -> bool:
    """Whether `name` is the caller's now: for `seconds`, or until `free`, nobody else gets it."""
    return bool(broker().set(PREFIX + name, 1, nx=True, ex=seconds))


def free(*names: str) -> None:
    """Let the next one claim these."""
    broker().delete(*(PREFIX + name for name in names))
