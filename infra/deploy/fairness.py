"""Whose request a web process answers next: portals take turns, none holds all threads (ADR web-portals-take-turns)."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

WAITING = 100  # requests of one portal that may wait in one process; what is more is refused at once
NEIGHBOURS_SECONDS = 2.0  # for so long after its last request a portal counts as a neighbour
_HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*)", re.IGNORECASE)

REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nCache-Control: no-store\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nContent-Length: 76\r\n\r\n"
    b"Too many requests are waiting at this address. Try again in a few seconds.\r\n"
)


def host_in(head: bytes) -> str:
    """The Host header in the first bytes of a request, "" where they hold none."""
    found = _HOST.search(head.partition(b"\r\n\r\n")[0])
    return found[1].decode("latin-1").strip() if found else ""


class Overloaded(Exception):
    """So many requests of this lane wait already that one more is not taken in."""


class FairPool:
    """Threads that work off lanes in turn; a lane is a portal, a published site, the service, or "" for strangers.

    One lane runs on at most all threads but one, and on a quarter of them while another lane was busy within the last
    seconds; so a small portal's request never waits for a big one's queue, only for a thread that is free or nearly so.
    """

    def __init__(self, threads: int, *, waiting: int = WAITING) -> None:
        self._threads, self._most = threads, waiting
        self._lanes: dict[str, deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]]] = {}
        self._turns: deque[str] = deque()  # lanes that have something waiting
        self._running: Counter[str] = Counter()
        self._busy: dict[str, float] = {}
        self._ended = False
        self._changed = threading.Condition()
        for number in range(threads):
            threading.Thread(target=self._work, name=f"web-{number}", daemon=True).start()

    def submit(self, lane: str, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Let `work(*arguments)` be done when it is the lane's turn. Raises Overloaded."""
        future: Future[Any] = Future()
        with self._changed:
            waiting = self._lanes.setdefault(lane, deque())
            if len(waiting) >= self._most:
                raise Overloaded
            if not waiting:
                self._turns.append(lane)
            waiting.append((future, work, arguments))
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True) -> None:
        """End the threads, each after what it is at."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def share(self, lane: str) -> int:
        """How many threads the lane may have now."""
        now = time.monotonic()
        for other, at in list(self._busy.items()):
            if now - at > NEIGHBOURS_SECONDS and not self._running[other]:
                del self._busy[other]
        contested = any(other != lane for other in (*self._busy, *self._turns))
        return max(1, self._threads // 4 if contested else self._threads - 1)

    def _take(self) -> tuple[str, tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] | None:
        for _ in range(len(self._turns)):
            lane = self._turns.popleft()
            waiting = self._lanes[lane]
            if self._running[lane] >= self.share(lane):
                self._turns.append(lane)
                continue
            job = waiting.popleft()
            if waiting:
                self._turns.append(lane)
            else:
                del self._lanes[lane]
            self._running[lane] += 1
            self._busy[lane] = time.monotonic()
            return lane, job
        return None

    def _work(self) -> None:
        while True:
            with self._changed:
                while (taken := self._take()) is None:
                    if self._ended:
                        return
                    # A lane's share grows when its neighbours fall silent, of which nobody tells.
                    self._changed.wait(NEIGHBOURS_SECONDS if self._turns else None)
            lane, (future, work, arguments) = taken
            try:
                future.set_result(work(*arguments))
            except BaseException as error:
                future.set_exception(error)
            with self._changed:
                self._running[lane] -= 1
                self._busy[lane] = time.monotonic()
                if not self._running[lane]:
                    del self._running[lane]
                self._changed.notify()
