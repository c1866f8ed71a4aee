"""Letting the workers know that a portal has deliveries to make."""

from __future__ import annotations

import time

import structlog
from kombu.exceptions import KombuError, OperationalError
from redis import RedisError

from infra.db.current import enter
from infra.jobs.broker import PREFIX, broker
from infra.jobs.hints import Hints

_log = structlog.get_logger(__name__)
HINTS = Hints("outbox")
_ASKED_SECONDS = 5


def wake(schema: str, due: float) -> None:
    """After a commit: deliveries of `schema` are due at `due`. Never raises; the sweeps find what is lost here.

    One message is enough for any number of deliveries until a worker takes it up.
    """
    HINTS.due(schema, due)
    if due > time.time():
        return
    from infra.outbox.jobs import deliver

    try:
        if broker().set(_asked(schema), 1, nx=True, ex=_ASKED_SECONDS):
            with enter(schema):
                deliver.apply_async()
    except (RedisError, KombuError, OperationalError, OSError) as error:
        _log.warning("outbox.wake_lost", portal=schema, error=str(error))


def answered(schema: str) -> None:
    """A worker starts on `schema`: what is published from now on asks again."""
    broker().delete(_asked(schema))


def _asked(schema: str) -> str:
    return f"{PREFIX}outbox:asked:{schema}"
