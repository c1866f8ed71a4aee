"""Letting the workers know that a portal has deliveries to make."""

from __future__ import annotations

import time

import structlog
from kombu.exceptions import KombuError, OperationalError
from redis import RedisError

from infra.db.current import enter
from infra.jobs.broker import claim, free
from infra.wakeups.marks import Marks

_log = structlog.get_logger(__name__)
MARKS = Marks("outbox")
_ASKED_SECONDS = 5
_SENT_SECONDS = 30  # longer than a worker's spell


def wake(schema: str, due: float) -> None:
    """After a commit: deliveries of `schema` are due at `due`. Never raises; the mark in the commit tells it again.

    One message is enough for any number of deliveries until a worker takes it up.
    """
    if due > time.time():
        return
    from infra.outbox.jobs import deliver

    try:
        if claim(_asked(schema), _ASKED_SECONDS):
            with enter(schema):
                deliver.apply_async()
    except (RedisError, KombuError, OperationalError, OSError) as error:
        _log.warning("outbox.wake_lost", portal=schema, error=str(error))


def send_once(schema: str) -> bool:
    """Whether the tick may send for `schema` now: not again while what it sent may still be on its way."""
    return claim(_sent(schema), _SENT_SECONDS)


def answered(schema: str) -> None:
    """A worker starts on `schema`: what is published from now on asks again."""
    free(_asked(schema), _sent(schema))


def _asked(schema: str) -> str:
    return f"outbox:asked:{schema}"


def _sent(schema: str) -> str:
    return f"outbox:sent:{schema}"
