"""Who may connect: Host, Origin and session, checked with Django in a bounded pool of threads (promises 2, 11, 19).

Every call here runs in a thread of its own pool, enters the portal by name and fails closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.db import close_old_connections
from django.http import HttpRequest, parse_cookie

from infra.db.current import enter
from infra.live.groups import may_join

T = TypeVar("T")
THREADS = 8
WAITING = 400


@dataclass(frozen=True)
class Visitor:
    """An active person of a portal, known by the session cookie their browser sent."""

    schema: str
    user_id: int
    session_key: str


class Busy(Exception):
    """Too many questions to the database wait already."""


class Door:
    """`find_portal(host)` answers the schema of the portal that this Host header leads to, None if there is none."""

    def __init__(self, find_portal: Callable[[str], str | None]) -> None:
        self._find_portal = find_portal
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self._waiting = 0

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run `question` in the pool. Raises Busy, and what the question raises."""
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _in_thread, question, *arguments)
        finally:
            self._waiting -= 1

    def schema_of(self, host: str) -> str | None:
        """The schema of the portal at `host`."""
        return self._find_portal(host)

    def visitor(self, schema: str, cookies: str) -> Visitor | None:
        """Whose session the Cookie header names in this portal; None where nobody is signed in."""
        key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
        if not key:
            return None
        with enter(schema):
            user_id = _signed_in(key)
        return Visitor(schema, user_id, key) if user_id is not None else None

    def still_there(self, schema: str, visitors: Collection[Visitor]) -> set[Visitor]:
        """Which of the portal's visitors are still signed in and active."""
        with enter(schema):
            return {visitor for visitor in visitors if _signed_in(visitor.session_key) == visitor.user_id}

    def allowed(self, visitor: Visitor, groups: Sequence[str]) -> list[bool]:
        """For each of `groups`, whether the visitor may join it now."""
        with enter(visitor.schema):
            user = get_user_model()._default_manager.filter(pk=visitor.user_id, is_active=True).first()
            return [user is not None and may_join(user, group) for group in groups]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _in_thread(question: Callable[..., T], *arguments: Any) -> T:
    close_old_connections()
    try:
        return question(*arguments)
    finally:
        close_old_connections()


def _signed_in(session_key: str) -> int | None:
    """The active person whose session this is: Django's own check of the session and its password hash."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None


def allowed_origin(host: str, origin: str) -> bool:
    """Whether a page at `origin` may open a socket at `host`: only the portal's own pages may (promise 11)."""
    name = host.rsplit(":", 1)[0] if ":" in host else host
    return origin.lower() == f"{settings.PUBLIC_SCHEME}://{name}{settings.PUBLIC_PORT}".lower()
