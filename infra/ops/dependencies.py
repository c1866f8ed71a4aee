"""Is what the service stands on there? Each question is short, on its own connection, asked at most once a second."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress

import psycopg
import redis
from django.conf import settings

from infra.adapters.storage import MissingObject, get_storage

PATIENCE = 2.0  # seconds a dependency has to answer
WARNED = 60.0  # seconds a warning is good for
REMEMBERED = 1.0  # seconds an answer is good for: a public address must not become a hammer


def _database() -> None:
    with psycopg.connect(settings.DATABASE_URL, connect_timeout=2, options="-c statement_timeout=2000") as connection:
        connection.execute("SELECT 1")


def _redis(url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()


def _storage() -> None:
    with suppress(MissingObject):
        get_storage().stat("readyz")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": lambda: _redis(settings.REDIS_URL),
    "broker": lambda: _redis(settings.REDIS_BROKER_URL),
    "live": lambda: _redis(settings.REDIS_LIVE_URL),
    "storage": _storage,
}

# What does not keep the service from answering, yet somebody has to look at it: name -> what to say, "" for nothing.
WARNINGS: dict[str, Callable[[], str]] = {}

_lock = threading.Lock()
_last: tuple[float, dict[str, str]] = (float("-inf"), {})
_warned: tuple[float, dict[str, str]] = (float("-inf"), {})


def warn_about(name: str, ask: Callable[[], str]) -> None:
    """Let /readyz say under `name` what `ask` answers, as long as it answers anything."""
    WARNINGS[name] = ask


def warnings() -> dict[str, str]:
    """What somebody has to look at; asked at most once a minute. A question that fails is itself a warning."""
    global _warned
    with _lock:
        asked, found = _warned
        if time.monotonic() - asked > WARNED:
            found = {name: text for name, ask in WARNINGS.items() if (text := _said(ask))}
            _warned = (time.monotonic(), found)
        return found


def _said(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception:
        return "cannot be asked"


def check_all() -> dict[str, str]:
    """Each dependency's name with "" when it answers, else "unreachable" or "no answer"; no address, no secret."""
    global _last
    with _lock:
        asked, found = _last
        if time.monotonic() - asked > REMEMBERED:
            found = _ask()
            _last = (time.monotonic(), found)
        return found


def _ask() -> dict[str, str]:
    pool = ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="readyz")
    deadline = time.monotonic() + PATIENCE
    answers = {name: pool.submit(check) for name, check in CHECKS.items()}
    found = {}
    for name, answer in answers.items():
        try:
            answer.result(timeout=max(0.0, deadline - time.monotonic()))
            found[name] = ""
        except TookTooLong:
            found[name] = "no answer"
        except Exception:  # whatever went wrong, the dependency cannot be used
            found[name] = "unreachable"
    pool.shutdown(wait=False, cancel_futures=True)
    return found
