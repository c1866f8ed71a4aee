"""Entitlements in this process's memory, dropped the moment any process changes them.

Changes travel by `infra.db.changes` (PostgreSQL's NOTIFY, heard on the connection that asks): whoever has a working
connection knows of a change within HEARD_SECONDS; whoever has none asks the database, and is refused when that fails.
What is read inside an open transaction is not kept: it may yet be rolled back.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.db import DatabaseError, connections

from billing.contracts import Entitlements
from billing.domain import entitlement
from billing.models import Subscription
from infra.db import changes
from infra.kit.errors import Unavailable

KEPT_SECONDS = 60.0
"""After this long even an unchanged answer is read again."""

HEARD_SECONDS = 0.2
"""How often it is looked whether another process announced a change; this process's own count at once."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class _Kept:
    value: Entitlements
    until: float


_kept: dict[str, _Kept] = {}
_changes_heard = 0
_heard_at = 0.0


def entitlements(schema: str) -> Entitlements:
    """What the portal in `schema` may do now. Raises Unavailable where neither memory nor database can be sure."""
    global _heard_at
    if connections["default"].connection is not None:
        now = time.time()
        if not 0 <= now - _heard_at < HEARD_SECONDS:
            changes.hear()
            _heard_at = now
        kept = _kept.get(schema)
        if kept is not None and now < kept.until:
            return kept.value
    return _read(schema)


def _read(schema: str) -> Entitlements:
    connection = connections["default"]
    now, heard = time.time(), _changes_heard
    try:
        value = entitlement.load(schema)
    except Subscription.DoesNotExist as missing:
        raise Unavailable(code="no_subscription") from missing
    except DatabaseError as error:
        _log.exception("entitlements could not be read")
        raise Unavailable from error
    if not connection.in_atomic_block and heard == _changes_heard:
        _kept[schema] = _Kept(value, min(now + KEPT_SECONDS, value.valid_until))
    return value


@changes.on_change
def forget(schema: str) -> None:
    """Drop what is kept of the portal in `schema`, or of all."""
    global _changes_heard
    _changes_heard += 1
    if schema == changes.EVERYTHING:
        _kept.clear()
    else:
        _kept.pop(schema, None)


changed = changes.announce
"""Called by every verb that changes what a portal may do, inside its transaction, with the portal's schema."""
