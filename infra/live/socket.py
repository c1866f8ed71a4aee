"""One browser tab: what it joined, and a bounded queue of what it still has to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from infra.live.door import Visitor

Send = Callable[[Any], Awaitable[None]]
QUEUE = 256  # frames a slow tab may be behind; then it starts over


class Socket:
    """Frames go in by `push`, which never waits, and are sent as fast as the tab takes them."""

    __slots__ = ("_close", "_queue", "_send", "_writer", "groups", "joining", "visitor")

    def __init__(self, visitor: Visitor, send: Send) -> None:
        self.visitor = visitor
        self.groups: set[str] = set()
        self.joining: dict[str, list[tuple[str, str]]] = {}
        self._send = send
        self._queue: list[str] = []
        self._writer: asyncio.Task[None] | None = None
        self._close: int | None = None

    def push(self, frame: str) -> None:
        """Queue a frame. A tab that is too far behind loses what waits, and is told to start its groups over."""
        if len(self._queue) >= QUEUE:
            self._queue = [reset(group) for group in sorted(self.groups)]
        else:
            self._queue.append(frame)
        self._stir()

    def deliver(self, group: str, message_id: str, frame: str) -> None:
        """A message of a joined group; held back while what came before it is still being fetched."""
        waiting = self.joining.get(group)
        if waiting is None:
            self.push(frame)
        elif len(waiting) < QUEUE:
            waiting.append((message_id, frame))
        else:
            waiting[:] = [("", reset(group))]

    def close(self, code: int) -> None:
        """End the connection with a WebSocket close code (RFC 6455, 7.4); nothing more is sent."""
        if self._close is None:
            self._close = code
            self._queue.clear()
            self._stir()

    def gone(self) -> None:
        """The tab has left; there is nobody to send to."""
        self._close = self._close or 0
        self._queue.clear()
        if self._writer is not None:
            self._writer.cancel()

    def _stir(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Send what waits, then end: a tab to which nothing happens costs no task."""
        try:
            while self._queue and self._close is None:
                waiting, self._queue = self._queue, []
                for frame in waiting:
                    if self._close is None:
                        await self._send({"type": "websocket.send", "text": frame})
            if self._close:
                await self._send({"type": "websocket.close", "code": self._close})
        except OSError:
            pass  # the tab went away while it was being written to
        finally:
            self._writer = None


def message(group: str, message_id: str, body: str) -> str:
    """The frame of a message; `body` is the JSON object that the sender wrote."""
    return f'{{"group":"{group}","id":"{message_id}",{body[1:]}'


def reset(group: str) -> str:
    """Tells the tab that something of the group may be lost: fetch its state anew."""
    return f'{{"reset":"{group}"}}'


def denied(group: str) -> str:
    """Tells the tab that it may not listen to the group."""
    return orjson.dumps({"denied": group}).decode()


def joined(group: str, message_id: str) -> str:
    """Tells the tab that it listens from `message_id` on: what to name as `last` when it comes back."""
    return f'{{"joined":"{group}","id":"{message_id}"}}'
