"""Where the change that is being written down was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def asked_from(address: str) -> Iterator[None]:
    """Entries recorded in the block carry `address`, the visitor's IP as the proxies of the service tell it."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def address() -> str | None:
    """The visitor's IP; None outside of requests."""
    return _address.get()
