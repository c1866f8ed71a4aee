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
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest, parse_cookie

from infra.db.current import enter
from infra.live.groups import may_join, stands

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
            person = _person(key)
        return Visitor(schema, person.pk, key) if person is not None else None

    def still_there(self, schema: str, visitors: Collection[Visitor]) -> set[Visitor]:
        """Which of the portal's visitors are still signed in and active."""
        with enter(schema):
            return {visitor for visitor in visitors if _person_of(visitor) is not None}

    def allowed(self, visitor: Visitor, groups: Sequence[str]) -> list[bool]:
        """For each of `groups`, whether the visitor may join it now, by the rights that their session gives."""
        with enter(visitor.schema):
            person = _person_of(visitor)
            return [person is not None and may_join(person, group) for group in groups]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _in_thread(question: Callable[..., T], *arguments: Any) -> T:
    close_old_connections()
    try:
        return question(*arguments)
    finally:
        close_old_connections()


def _person(session_key: str) -> Any:
    """The active person whose session this is, in the form that the session's backend gives them; None for nobody.

    Django's own check of the session and its password hash; then whatever else the session depends on.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    person: Any = get_user(request)
    there = person.is_authenticated and person.is_active and stands(person, request.session)
    return person if there else None


def _person_of(visitor: Visitor) -> Any:
    person = _person(visitor.session_key)
    return person if person is not None and person.pk == visitor.user_id else None


def allowed_origin(host: str, origin: str) -> bool:
    """Whether a page at `origin` may open a socket at `host`: only the portal's own pages may (promise 11)."""
    name = host.rsplit(":", 1)[0] if ":" in host else host
    return origin.lower() == f"{settings.PUBLIC_SCHEME}://{name}{settings.PUBLIC_PORT}".lower()
