"""Which schedule ran for which slot of time: kept in Redis, so that beat may run twice or be missed (promise 81).

A slot is the number of whole periods since the epoch. A missed slot is not made up for: the next tick runs the
current one. Whoever claims a slot holds a lease until it reports the slot done; if it dies, the next tick after the
lease takes over.
"""

from __future__ import annotations

import time

from infra.jobs.broker import PREFIX, broker
from infra.kit.spec import Schedule

_LEASE_SECONDS = 120

# KEYS: done, lease; ARGV: slot, lease seconds
_CLAIM = """
if tonumber(redis.call('GET', KEYS[1]) or '-1') >= tonumber(ARGV[1]) then return 0 end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
return 0
"""
_DONE = """
if tonumber(redis.call('GET', KEYS[1]) or '-1') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
redis.call('DEL', KEYS[2])
"""


def slot_of(schedule: Schedule, now: float | None = None) -> int:
    """The current slot of `schedule`; `now` is in seconds since the epoch."""
    return int((time.time() if now is None else now) // schedule.every.total_seconds())


def _keys(schedule: Schedule) -> tuple[str, str]:
    return f"{PREFIX}slot:{schedule.key}", f"{PREFIX}slot:{schedule.key}:lease"


def claim(schedule: Schedule, slot: int) -> bool:
    """Whether the caller is the one who runs this slot."""
    return bool(broker().eval(_CLAIM, 2, *_keys(schedule), slot, _LEASE_SECONDS))


def done(schedule: Schedule, slot: int) -> None:
    """The slot's messages have all been sent."""
    broker().eval(_DONE, 2, *_keys(schedule), slot)
