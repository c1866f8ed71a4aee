"""The broker's Redis, for what Celery itself does not keep there: windows, slots and hints."""

from __future__ import annotations

import functools

from django.conf import settings
from redis import Redis

PREFIX = "jobs:"


@functools.cache
def broker() -> Redis:
    """One connection pool per process; answers within seconds or raises redis.RedisError."""
    return Redis.from_url(settings.REDIS_BROKER_URL, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)
