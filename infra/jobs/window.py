"""Fairness: how many tasks of one portal may stand in a queue at once; what is more waits outside (ADR 0301).

Per (queue, portal) Redis holds the outstanding task ids with the time their lease ends, and a list of parked messages.
A task that ends frees its place, and the place is given to the portal's oldest parked message. The queues stay short,
so that a small company's task never stands behind a big one's flood.
"""

from __future__ import annotations

from typing import Any, cast

from kombu.utils.json import dumps, loads

from infra.jobs.broker import PREFIX, broker
from infra.jobs.queues import LONGEST_SECONDS, QUEUES

_LEASE_SECONDS = 2 * LONGEST_SECONDS
_MOVE_SECONDS = 30
_WAITING = f"{PREFIX}waiting"

# KEYS: outstanding, order, parked, waiting; ARGV: task id, window, lease, message, member
_ADMIT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  return 1
end
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return 0 end
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[2]) and redis.call('LLEN', KEYS[2]) == 0 then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  return 1
end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('SADD', KEYS[4], ARGV[5])
return 0
"""

# KEYS: outstanding, order, parked, waiting; ARGV: finished task id or '', window, lease, member, seconds to move
# A message handed out stays parked until `moved` says it was sent: a worker killed in between loses nothing.
_RELEASE = """
local now = tonumber(redis.call('TIME')[1])
if ARGV[1] ~= '' then redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local out = {}
while redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[2]) do
  local id = redis.call('LPOP', KEYS[2])
  if not id then break end
  local message = redis.call('HGET', KEYS[3], id)
  if message then
    redis.call('ZADD', KEYS[1], now + ARGV[5], id)
    table.insert(out, message)
  end
end
if ARGV[1] == '' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[3])) do
    if not redis.call('LPOS', KEYS[2], id) and not redis.call('ZSCORE', KEYS[1], id) then
      redis.call('ZADD', KEYS[1], now + ARGV[5], id)
      table.insert(out, redis.call('HGET', KEYS[3], id))
    end
  end
end
if redis.call('HLEN', KEYS[3]) == 0 then redis.call('SREM', KEYS[4], ARGV[4]) end
return out
"""

_MOVED = """
redis.call('HDEL', KEYS[3], ARGV[1])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], tonumber(redis.call('TIME')[1]) + ARGV[2], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
if redis.call('HLEN', KEYS[3]) == 0 then redis.call('SREM', KEYS[4], ARGV[3]) end
"""


def _keys(queue: str, schema: str) -> list[str]:
    base = f"{PREFIX}window:{queue}:{schema}"
    return [f"{base}:out", f"{base}:order", f"{base}:parked", _WAITING]


def admit(queue: str, schema: str, task_id: str, message: dict[str, Any]) -> bool:
    """True: send it now. False: the portal's places are taken, `message` is parked until one is free."""
    arguments: list[str | int] = [task_id, QUEUES[queue].window, _LEASE_SECONDS, dumps(message), f"{queue} {schema}"]
    return bool(broker().eval(_ADMIT, 4, *_keys(queue, schema), *arguments))


def release(queue: str, schema: str, task_id: str = "") -> list[dict[str, Any]]:
    """Give the finished task's place back; answers the parked messages to send now (each then told to `moved`).

    Without a task id: also hands out again what a killed process took and did not send.
    """
    arguments: list[str | int] = [task_id, QUEUES[queue].window, _LEASE_SECONDS, f"{queue} {schema}", _MOVE_SECONDS]
    found = broker().eval(_RELEASE, 4, *_keys(queue, schema), *arguments)
    return [loads(message) for message in cast("list[str]", found)]


def moved(queue: str, schema: str, task_id: str) -> None:
    """The parked message `task_id` has been sent."""
    broker().eval(_MOVED, 4, *_keys(queue, schema), task_id, _LEASE_SECONDS, f"{queue} {schema}")


def waiting() -> list[tuple[str, str]]:
    """(queue, schema) of every portal that has parked messages."""
    members = cast("set[str]", broker().smembers(_WAITING))
    return [cast("tuple[str, str]", tuple(member.split(" ", 1))) for member in sorted(members)]


def forget(schema: str) -> None:
    """Drop what a deleted portal still had parked."""
    for queue in QUEUES:
        broker().delete(*_keys(queue, schema)[:3])
        broker().srem(_WAITING, f"{queue} {schema}")
