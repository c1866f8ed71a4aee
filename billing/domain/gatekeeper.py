"""Billing's answers to the gates (infra/kit/gates.py), for the portal that is entered."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from billing.contracts import Entitlements
from billing.domain import memory, refusals, usage
from infra.db.current import current_schema
from infra.kit.errors import Unavailable
from infra.kit.gates import Usage
from infra.kit.registry import registry

_log = structlog.get_logger(__name__)


class Till:
    """The one gatekeeper. Yes or no comes from memory; what counts is counted in the database under a lock."""

    def has(self, feature: str) -> bool:
        return feature in self._rights().features

    def require(self, feature: str) -> None:
        rights = self._rights()
        if feature not in rights.features:
            raise refusals.feature_missing(feature, rights)

    def limit_of(self, limit: str) -> int | None:
        return self._rights().limits[limit]

    def usage(self, limit: str) -> Usage:
        rights = self._rights()
        used = usage.used_of(registry.limit(limit), rights.portal_id)
        return Usage(limit=limit, used=used, maximum=rights.limits[limit])

    def reserve(self, limit: str, amount: int) -> None:
        if amount < 1:
            raise ValueError("reserve one or more")
        if not connection.in_atomic_block:
            raise TransactionManagementError("a limit is reserved inside the transaction of what it is reserved for")
        declared = registry.limit(limit)
        rights = self._rights()
        maximum = rights.limits[limit]
        if maximum is None and declared.count:
            return
        counter = usage.locked_counter(rights.portal_id, limit)
        used = usage.used_of(declared, rights.portal_id) if declared.count else counter.used
        if declared.hard and maximum is not None and used + amount > maximum:
            raise refusals.limit_reached(declared, rights, used=used, maximum=maximum)
        counter.used = used + amount
        counter.save(update_fields=["used", "counted_at"])

    def release(self, limit: str, amount: int) -> None:
        """A limit that a module counts itself needs no release: its next count tells.

        More than is in use, as after a restored backup, leaves nothing in use; the next count tells again.
        """
        if amount < 1:
            raise ValueError("release one or more")
        if registry.limit(limit).count:
            return
        if not connection.in_atomic_block:
            raise TransactionManagementError("a limit is released inside the transaction of what it was reserved for")
        counter = usage.locked_counter(self._rights().portal_id, limit)
        if counter.used < amount:
            _log.error("limits.released_too_much", limit=limit, released=amount, used=counter.used)
        counter.used = max(counter.used - amount, 0)
        counter.save(update_fields=["used", "counted_at"])

    def recount(self, limit: str, measure: Callable[[], int]) -> None:
        """Whoever takes room holds the row until the end: unchanged and free, it hides nobody. Else the next count
        tells."""
        portal_id = self._rights().portal_id
        before = usage.counter_of(portal_id, limit)
        found = measure()
        with transaction.atomic():
            counter = usage.locked_counter(portal_id, limit)
            if (counter.used, counter.counted_at) == before and counter.used != found:
                _log.warning("limits.recounted", limit=limit, counted=counter.used, found=found)
                counter.used = found
                counter.save(update_fields=["used", "counted_at"])

    def require_writable(self) -> None:
        rights = self._rights()
        if rights.closed:
            raise refusals.closed(rights)
        if rights.read_only_from is not None and time.time() >= rights.read_only_from.timestamp():
            over = usage.review(rights, current_schema())
            if over:
                raise refusals.over_plan(over, rights)

    def recall(self) -> None:
        with suppress(Unavailable):
            self._rights()

    @staticmethod
    def _rights() -> Entitlements:
        return memory.entitlements(current_schema())
