"""The gates: may this portal use a feature, and is there room under a limit? The till (billing) answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured

from infra.kit.registry import registry


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is used of a limit, in the limit's unit; `maximum` None means unlimited."""

    limit: str
    used: int
    maximum: int | None

    @property
    def free(self) -> int | None:
        """What is left, never below zero; None means unlimited."""
        return None if self.maximum is None else max(self.maximum - self.used, 0)


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Room taken under a limit; give it back with `refund` when what it was for failed."""

    limit: str
    amount: int

    def refund(self) -> None:
        """Give the room back."""
        release(self.limit, self.amount)


class Gatekeeper(Protocol):
    """What billing answers for the portal that is entered. All names are already checked."""

    def has(self, feature: str) -> bool: ...

    def require(self, feature: str) -> None: ...

    def limit_of(self, limit: str) -> int | None: ...

    def usage(self, limit: str) -> Usage: ...

    def reserve(self, limit: str, amount: int) -> None: ...

    def release(self, limit: str, amount: int) -> None: ...

    def recount(self, limit: str, measure: Callable[[], int]) -> None: ...

    def require_writable(self) -> None: ...

    def recall(self) -> None: ...


_gatekeeper: Gatekeeper | None = None


def set_gatekeeper(gatekeeper: Gatekeeper) -> None:
    """Billing takes its place at start-up."""
    global _gatekeeper
    _gatekeeper = gatekeeper


def _ask() -> Gatekeeper:
    if _gatekeeper is None:
        raise ImproperlyConfigured("no gatekeeper: billing must call gates.set_gatekeeper() when it starts")
    return _gatekeeper


def has(feature: str) -> bool:
    """Whether the portal's plan includes `feature`. Raises UnknownName, NoPortal."""
    registry.feature(feature)
    return _ask().has(feature)


def require(feature: str) -> None:
    """Raises FeatureMissing, naming the plans that include it, unless the portal's plan has `feature`."""
    registry.feature(feature)
    _ask().require(feature)


def limit_of(limit: str) -> int | None:
    """The portal's maximum under `limit` in its unit, None for unlimited."""
    registry.limit(limit)
    return _ask().limit_of(limit)


def usage(limit: str) -> Usage:
    """What the portal uses of `limit` now."""
    registry.limit(limit)
    return _ask().usage(limit)


def reserve(limit: str, amount: int = 1) -> Reservation:
    """Take `amount` under `limit`, atomically with the caller's transaction.

    The row that counts is locked until commit, so two at once cannot both take the last place. Raises LimitReached
    (then nothing is taken), TransactionManagementError outside a transaction.
    """
    registry.limit(limit)
    _ask().reserve(limit, amount)
    return Reservation(limit=limit, amount=amount)


def release(limit: str, amount: int = 1) -> None:
    """Give `amount` back under `limit`."""
    registry.limit(limit)
    _ask().release(limit, amount)


def recount(limit: str, measure: Callable[[], int]) -> None:
    """Set what is used of `limit` to what `measure()` finds, unless somebody took or gave back room meanwhile."""
    registry.limit(limit)
    _ask().recount(limit, measure)


def require_writable() -> None:
    """Raises ReadOnly, with the reason and the way out, while the portal may only be read."""
    _ask().require_writable()


def recall() -> None:
    """Have the answers in memory before a transaction begins: what is read inside one may be undone, so is not kept.

    Never raises; who cannot be answered now is told when it asks.
    """
    _ask().recall()
