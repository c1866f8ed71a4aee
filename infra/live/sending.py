"""The sender's side: one script appends to the group's stream and tells the gateways."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError

from infra.db.current import portal_schema
from infra.live import keys

_log = structlog.get_logger(__name__)
KEPT = 200  # messages of a group that a reconnecting tab can still fetch
KEPT_SECONDS = 3600
MAX_BYTES = 16_384

# KEYS: stream; ARGV: channel, group, body, kept, seconds. The published text is "m <id> <group>\n<body>".
_SEND = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[4], '*', 'b', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[1], 'm ' .. id .. ' ' .. ARGV[2] .. '\\n' .. ARGV[3])
return id
"""


@functools.cache
def redis() -> Redis:
    """One connection pool per process; gives up after a second, because somebody's request waits."""
    return Redis.from_url(settings.REDIS_LIVE_URL, socket_timeout=1, socket_connect_timeout=1)


def send(group: str, type: str, data: Mapping[str, Any] | None = None) -> None:  # noqa: A002
    """After the transaction commits, show `{type, data}` to every tab of the current portal that joined `group`.

    `data` holds ids and what a tab needs to decide what to fetch, at most 16 kB of JSON (ValueError). A Redis that is
    down loses the message, never the commit: tabs are told to start over when it is back.
    """
    schema, body = portal_schema(), _body(type, data)
    transaction.on_commit(lambda: _send(schema, group, body))


def send_now(group: str, type: str, data: Mapping[str, Any] | None = None) -> None:  # noqa: A002
    """Like `send`, without waiting for the commit: for progress of work that is still in its transaction."""
    _send(portal_schema(), group, _body(type, data))


def disconnect(user_id: int, session_key: str = "") -> None:
    """After the commit, close the person's sockets (all, or those of one session): they must sign in, or join, again.

    Verbs that take rights away call it: a tab that may stay comes back at once and joins what it still may.
    """
    schema = portal_schema()
    text = "d " + orjson.dumps({"user": user_id, "session": session_key}).decode()
    transaction.on_commit(lambda: _publish(schema, text))


def disconnect_all() -> None:
    """After the commit, close every socket of the current portal: it is suspended, closed, or erased."""
    schema = portal_schema()
    transaction.on_commit(lambda: _publish(schema, "d {}"))


def forget(schema: str) -> None:
    """Drop what is kept of an erased portal's messages. Raises redis.RedisError."""
    for name in redis().scan_iter(match=keys.stream(schema, "*"), count=1000):
        redis().delete(name)


def _body(kind: str, data: Mapping[str, Any] | None) -> bytes:
    body = orjson.dumps({"type": kind, "data": dict(data or {})}, default=str)
    if len(body) > MAX_BYTES:
        raise ValueError(f"live message {kind} has {len(body)} bytes, {MAX_BYTES} are allowed; send ids")
    return body


def _send(schema: str, group: str, body: bytes) -> None:
    try:
        redis().eval(_SEND, 1, keys.stream(schema, group), keys.channel(schema), group, body, KEPT, KEPT_SECONDS)
    except RedisError as error:
        _log.warning("live.message_lost", portal=schema, group=group, error=str(error))


def _publish(schema: str, text: str) -> None:
    try:
        redis().publish(keys.channel(schema), text)
    except RedisError as error:
        _log.warning("live.disconnect_delayed", portal=schema, error=str(error))
