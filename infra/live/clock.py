"""The moment by the clock that numbers messages, so that a page can say from when on it wants them."""

from __future__ import annotations

import threading
import time

from redis import RedisError

from infra.live.sending import redis

_KNOWN_SECONDS = 60.0
_MARGIN = 0.005  # how exactly the difference of two clocks is known
_lock = threading.Lock()
_known: tuple[float, float | None] = (0.0, None)


def moment_of(local: float) -> int | None:
    """`local` (Unix seconds here) as milliseconds of Redis's clock, rather too early than too late; None while Redis is
    away. How the clocks differ is asked once a minute."""
    global _known
    until, difference = _known
    if until <= time.monotonic():
        with _lock:
            if _known[0] <= time.monotonic():
                _known = (time.monotonic() + _KNOWN_SECONDS, _difference())
            until, difference = _known
    return None if difference is None else int((local + difference - _MARGIN) * 1000)


def _difference() -> float | None:
    asked = time.time()
    try:
        seconds, micros = redis().time()
    except RedisError:
        return None
    return float(seconds + micros / 1_000_000) - (asked + time.time()) / 2
