"""What was answered is on disk (promises 39 and 42): servers that would forget it in a power cut are refused."""

from __future__ import annotations

import psycopg
import redis
from django.core.exceptions import ImproperlyConfigured

_WANTED = ("synchronous_commit", "fsync", "full_page_writes")


class ForgetfulServer(ImproperlyConfigured):
    """A server is set so that it may lose what it has confirmed."""


def refuse_forgetful_database(url: str) -> None:
    """Raise ForgetfulServer if PostgreSQL behind `url` confirms a commit before it is on disk.

    `synchronous_commit` may wait for more or fewer standbys, yet never for nothing.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        for name in _WANTED:
            row = connection.execute(f"SHOW {name}").fetchone()
            if row is not None and row[0] == "off":
                raise ForgetfulServer(f"PostgreSQL runs with {name} = off: a power cut loses what it has confirmed.")


def refuse_forgetful_broker(url: str) -> None:
    """Raise ForgetfulServer if Redis behind `url` keeps no log of its writes, never flushes it, or evicts keys.

    What a managed Redis does not let us ask (CONFIG) is left to whoever runs it.
    """
    with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, decode_responses=True) as client:
        told = client.info()
        if not told.get("aof_enabled"):
            raise ForgetfulServer("The Redis of REDIS_BROKER_URL keeps no append-only file: set appendonly yes.")
        if (policy := told.get("maxmemory_policy", "noeviction")) != "noeviction":
            raise ForgetfulServer(
                f"The Redis of REDIS_BROKER_URL drops jobs when its memory is full ({policy}): set maxmemory-policy"
                " noeviction."
            )
        try:
            flushed = client.config_get("appendfsync").get("appendfsync")
        except redis.ResponseError:
            return
        if flushed == "no":
            raise ForgetfulServer("The Redis of REDIS_BROKER_URL never flushes its log: set appendfsync everysec.")
