"""The sender's side: one script appends to the group's stream and tells the gateways."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError

from infra.db.connections import wire
from infra.db.current import portal_schema
from infra.live import keys

_log = structlog.get_logger(__name__)
KEPT = 200  # messages of a group that a reconnecting tab can still fetch
KEPT_SECONDS = 3600
MAX_BYTES = 16_384
_thread = threading.local()

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
    transaction.on_commit(lambda: _collect(schema, group, body))


def send_now(group: str, type: str, data: Mapping[str, Any] | None = None) -> None:  # noqa: A002
    """Like `send`, without waiting for the commit: for progress of work that is still in its transaction."""
    _send([(portal_schema(), group, _body(type, data))])


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


def _collect(schema: str, group: str, body: bytes) -> None:
    """After the commit: everything that it tells goes to Redis together."""
    _waiting().append((schema, group, body))
    wire().last(_send_waiting)


def _waiting() -> list[tuple[str, str, bytes]]:
    found: list[tuple[str, str, bytes]] | None = getattr(_thread, "waiting", None)
    if found is None:
        found = _thread.waiting = []
    return found


def _send_waiting() -> None:
    messages, _thread.waiting = _waiting(), []
    _send(messages)


def _send(messages: Sequence[tuple[str, str, bytes]]) -> None:
    try:
        with redis().pipeline(transaction=False) as pipeline:
            for schema, group, body in messages:
                pipeline.eval(
                    _SEND, 1, keys.stream(schema, group), keys.channel(schema), group, body, KEPT, KEPT_SECONDS
                )
            pipeline.execute()
    except RedisError as error:
        schema, groups = messages[0][0], [group for _schema, group, _body in messages]
        _log.warning("live.message_lost", portal=schema, groups=groups, error=str(error))


def _publish(schema: str, text: str) -> None:
    try:
        redis().publish(keys.channel(schema), text)
    except RedisError as error:
        _log.warning("live.disconnect_delayed", portal=schema, error=str(error))
