"""Which portal this thread is in. The only door into a portal is `enter`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from django_tenants.utils import get_tenant_model

from infra.db import changes
from infra.db.connections import PUBLIC, wire
from infra.db.errors import WrongSchema
from infra.kit.errors import NoPortal

if TYPE_CHECKING:
    from datetime import datetime

TEMPLATE = "portal_template"
REMEMBERED_SECONDS = 5.0


class CurrentPortal(Protocol):
    """What every floor may read of the portal it works for."""

    id: int
    schema_name: str
    name: str
    status: str
    is_operator: bool
    locale: str
    time_zone: str
    currency: str
    region: str
    created_at: datetime
    trial_ends_at: datetime | None


# Follows the work into the threads that asynchronous helpers use, where the connection is another one.
_context: ContextVar[str | None] = ContextVar("schema", default=None)
_remembered: dict[str, tuple[float, Any]] = {}
_changes: dict[str, int] = {}


@changes.on_change
def _forget(schema: str) -> None:
    _changes[schema] = _changes.get(schema, 0) + 1
    if schema == changes.EVERYTHING:
        _remembered.clear()
    else:
        _remembered.pop(schema, None)


class _Entered:
    """What the connection holds while a thread is inside: the schema, and the portal's row until it changes."""

    def __init__(self, schema: str, portal: Any = None) -> None:
        self.schema_name = schema
        self.domain_url = None
        self.keep(portal)

    def keep(self, portal: Any) -> None:
        self._portal = portal
        self._as_of = self._changes()

    @property
    def portal(self) -> Any:
        return self._portal if self._as_of == self._changes() else None

    def _changes(self) -> tuple[int, int]:
        return _changes.get(self.schema_name, 0), _changes.get(changes.EVERYTHING, 0)


def current_schema() -> str:
    """The schema this thread is on: a portal's, or "public" outside of any portal."""
    return wire().schema_name


def schema_of_work() -> str:
    """The schema this piece of work belongs to, also in a thread that an asynchronous helper runs it in.

    Raises WrongSchema where this thread's connection is inside another portal.
    """
    here, told = current_schema(), _context.get()
    if told is None or told == here:
        return here
    if here != PUBLIC:
        raise WrongSchema(made_in=told, used_in=here)
    return told


def portal_schema() -> str:
    """The schema of the portal this thread is in. Raises NoPortal outside of one."""
    schema = current_schema()
    if schema == PUBLIC:
        raise NoPortal
    return schema


def current_portal() -> Any:
    """The portal this thread is in: a `tenants.portals.models.Portal`; `CurrentPortal` says what lower floors may read.

    Read once and remembered for some seconds; a change of the row drops it. Raises NoPortal outside of a portal, and in
    schemas that belong to nobody (the template, spares).
    """
    schema = portal_schema()
    entered = wire().tenant
    if isinstance(entered, _Entered) and entered.portal is not None:
        return entered.portal
    found = _remembered.get(schema)
    if found is not None and found[0] > time.monotonic():
        portal = found[1]
    else:
        portal = get_tenant_model()._default_manager.filter(schema_name=schema).first()
        if portal is None:
            raise NoPortal
        if not wire().in_atomic_block:  # what an open transaction sees may never come true
            _remembered[schema] = (time.monotonic() + REMEMBERED_SECONDS, portal)
    if isinstance(entered, _Entered):
        entered.keep(portal)
    return portal


@contextmanager
def enter(portal: CurrentPortal | str) -> Iterator[None]:
    """Work inside `portal` (a Portal, or its schema's name), then return to where the thread was."""
    if isinstance(portal, str):
        changes.hear()
        entered = _Entered(portal)
    else:
        entered = _Entered(portal.schema_name, portal)
    if not entered.schema_name or entered.schema_name == PUBLIC:
        raise NoPortal
    connection = wire()
    before, token = connection.tenant, _context.set(entered.schema_name)
    connection.set_tenant(entered)
    try:
        yield
    finally:
        connection.set_tenant(before)
        _context.reset(token)


@contextmanager
def enter_public() -> Iterator[None]:
    """Work on the shared tables, outside of any portal, then return to where the thread was."""
    connection = wire()
    before, token = connection.tenant, _context.set(PUBLIC)
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(before)
        _context.reset(token)
