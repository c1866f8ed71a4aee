"""Letting the workers know that a portal has rules to run: a mark in the commit, and a message after it."""

from __future__ import annotations

import structlog
from kombu.exceptions import KombuError, OperationalError
from redis import RedisError

from infra.db.current import enter
from infra.jobs.broker import claim, free
from infra.wakeups.marks import Marks

_log = structlog.get_logger(__name__)
MARKS = Marks("crm.rules")
_ASKED_SECONDS = 5
_SENT_SECONDS = 30


def wake(schema: str) -> None:
    """After a commit: rules of `schema` have something to do. Never raises; the mark in the commit tells it again."""
    from modules.crm.jobs import run_rules

    try:
        if claim(f"rules:asked:{schema}", _ASKED_SECONDS):
            with enter(schema):
                run_rules.apply_async()
    except (RedisError, KombuError, OperationalError, OSError) as error:
        _log.warning("rules.wake_lost", portal=schema, error=str(error))


def send_once(schema: str) -> bool:
    """Whether the tick may send for `schema` now: not again while what it sent may still be on its way."""
    return claim(f"rules:sent:{schema}", _SENT_SECONDS)


def answered(schema: str) -> None:
    """A worker starts on `schema`: what happens from now on asks again."""
    free(f"rules:asked:{schema}", f"rules:sent:{schema}")
