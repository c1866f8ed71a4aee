"""The live gateway: a thin ASGI application, one WebSocket per browser tab.

The tab sends `{"join": ["user:12"], "last": {"user:12": "<id>"}}`, `{"leave": [...]}` and `{"ping": n}`; it gets
`{"group", "id", "type", "data"}`, `{"joined": group, "id"}`, `{"reset": group}`, `{"denied": group}` and `{"pong": n}`.
Where it has no last id of a group, it sends the moment at which its page was begun, in milliseconds.
Close codes: 4401 sign in again (a tab that is still signed in may come back at once), 4429 too many sockets, 1008 broke
the protocol, 1013 try again later, 1012 this process restarts.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from infra.live.door import Busy, Door, Visitor, allowed_origin
from infra.live.groups import NAME
from infra.live.hub import SIGN_IN, TOO_MANY, Hub
from infra.live.socket import Socket, denied

_log = structlog.get_logger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Any], Awaitable[None]]

MAX_GROUPS = 100
MAX_MESSAGE = 16_384
MESSAGES_PER_MINUTE = 240
RECHECK_SECONDS = 30
BROKE_PROTOCOL, TRY_LATER = 1008, 1013
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}|[0-9]{13}")


class Gateway:
    """The ASGI application. `find_portal(host)` answers the schema behind a Host header, None if there is none."""

    def __init__(self, find_portal: Callable[[str], str | None]) -> None:
        self._door = Door(find_portal)
        self._hub: Hub | None = None
        self._recheck: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case "http":
                await self._http(scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self._hub = Hub(settings.REDIS_LIVE_URL)
                self._hub.start()
                self._recheck = asyncio.create_task(self._keep_checking(self._hub))
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._recheck is not None:
                    self._recheck.cancel()
                if self._hub is not None:
                    await self._hub.stop()
                self._door.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    @staticmethod
    async def _http(scope: Scope, send: Send) -> None:
        status, body = (200, b"ok") if scope["path"] == "/healthz" else (404, b"Not found.")
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    # -- one socket ------------------------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        hub = self._hub
        visitor = await self._let_in(scope, send) if hub is not None else None
        scope["headers"].clear()  # the server keeps the scope as long as the socket, cookies and all
        if hub is not None and visitor is not None:
            await self._serve(hub, visitor, receive, send)

    async def _let_in(self, scope: Scope, send: Send) -> Visitor | None:
        """Whose tab it is; None where the connection was refused."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if scope["path"] != "/live" or not allowed_origin(host, headers.get(b"origin", "")):
            await send({"type": "websocket.close", "code": BROKE_PROTOCOL})  # before accept: HTTP 403
            return None
        try:
            schema = await self._door.ask(self._door.schema_of, host)
            if schema is None:
                await send({"type": "websocket.close", "code": BROKE_PROTOCOL})
                return None
            visitor = await self._door.ask(self._door.visitor, schema, headers.get(b"cookie", ""))
        except (Busy, DatabaseError) as error:
            _log.warning("live.cannot_check", error=str(error))
            await self._refuse(send, TRY_LATER)
            return None
        if visitor is None:
            await self._refuse(send, SIGN_IN)
        return visitor

    @staticmethod
    async def _refuse(send: Send, code: int) -> None:
        """Accept first: a browser tells its script the code of a close, not of a refused handshake."""
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code})

    async def _serve(self, hub: Hub, visitor: Visitor, receive: Receive, send: Send) -> None:
        socket = Socket(visitor, send)
        if not hub.admit(socket):
            await self._refuse(send, TOO_MANY)
            return
        await send({"type": "websocket.accept"})
        try:
            await self._read(hub, socket, receive)
        finally:
            socket.gone()
            await hub.remove(socket)

    async def _read(self, hub: Hub, socket: Socket, receive: Receive) -> None:
        clock = asyncio.get_running_loop().time
        minute, count = clock(), 0
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            if clock() - minute > 60:
                minute, count = clock(), 0
            count += 1
            text = event.get("text") or ""
            wish = _parse(text) if len(text) <= MAX_MESSAGE and count <= MESSAGES_PER_MINUTE else None
            if wish is None:
                socket.close(BROKE_PROTOCOL)
                continue  # until the close is answered
            try:
                await self._do(hub, socket, wish)
            except (Busy, DatabaseError, TimeoutError) as error:
                _log.warning("live.cannot_join", portal=socket.visitor.schema, error=str(error))
                socket.close(TRY_LATER)

    async def _do(self, hub: Hub, socket: Socket, wish: Mapping[str, Any]) -> None:
        for group in wish.get("leave", ()):
            hub.leave(socket, group)
        wanted = [group for group in dict.fromkeys(wish.get("join", ())) if group not in socket.groups]
        if wanted:
            room = MAX_GROUPS - len(socket.groups)
            answers = await self._door.ask(self._door.allowed, socket.visitor, wanted[:room])
            answers += [False] * (len(wanted) - len(answers))
            for group, may in zip(wanted, answers, strict=True):
                if may:
                    last = wish.get("last", {}).get(group, "")
                    await hub.join(socket, group, last if _ID.fullmatch(last) else "")
                else:
                    socket.push(denied(group))
        if "ping" in wish:
            socket.push(orjson.dumps({"pong": wish["ping"]}).decode())

    # -- rights that were lost -------------------------------------------------------------------------------------

    async def _keep_checking(self, hub: Hub) -> None:
        """Now and then, and whenever Redis was away, ask the database whether everyone connected still may be."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hub.on_return.wait(), RECHECK_SECONDS)
            hub.on_return.clear()
            for schema, sockets in hub.visitors():
                visitors = {socket.visitor for socket in sockets}
                try:
                    present = await self._door.ask(self._door.still_there, schema, visitors)
                except Exception as error:  # asked again next time: while the database is away, no right changes
                    _log.warning("live.cannot_recheck", portal=schema, error=str(error))
                    continue
                for socket in sockets:
                    if socket.visitor not in present:
                        socket.close(SIGN_IN)


def _parse(text: str) -> Mapping[str, Any] | None:
    """What the tab wishes; None for what is not of the protocol."""
    try:
        wish = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(wish, dict):
        return None
    for key in ("join", "leave"):
        groups = wish.get(key, [])
        if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
            return None
        if not all(isinstance(group, str) and NAME.fullmatch(group) for group in groups):
            return None
    last = wish.get("last", {})
    if not isinstance(last, dict) or not all(isinstance(value, str) for value in last.values()):
        return None
    return wish if isinstance(wish.get("ping", 0), int | float | str) else None
