"""All sockets of this process, and the one connection by which Redis tells them what happened."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from redis.asyncio import BlockingConnectionPool, Connection, ConnectionPool, Redis
from redis.exceptions import RedisError

from infra.live import keys
from infra.live.sending import KEPT, KEPT_SECONDS
from infra.live.socket import Socket, joined, message, reset

_log = structlog.get_logger(__name__)
SIGN_IN = 4401
TOO_MANY = 4429
PER_PORTAL = 2000
PER_PERSON = 40
_HOME = keys.PREFIX + "home"
_SILENCE_SECONDS = 15.0
_RECONNECT_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)

# KEYS: stream; ARGV: the tab's last id, or the moment in ms at which its page was begun, or ''; seconds, entries kept.
# Answers {lost, id to go on from, entries…}. The tab's last entry still being there proves that nothing after it was
# trimmed; after a moment nothing is missing where the stream is not full, or begins before it. An empty stream gets a
# mark, so that there is an id to come back with.
_CATCH_UP = """
redis.call('EXPIRE', KEYS[1], ARGV[2])
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local lost = 0
local missed = {}
if ARGV[1] ~= '' and not string.find(ARGV[1], '-') then
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  local full = redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[3])
  local old = tonumber(redis.call('TIME')[1]) - tonumber(ARGV[1]) / 1000 > tonumber(ARGV[2])
  if old or (full and tonumber(string.match(first[1], '^%d+')) > tonumber(ARGV[1])) then
    lost = 1
  else
    missed = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+')
  end
elseif ARGV[1] ~= '' then
  if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 1 then
    missed = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')
  else
    lost = 1
  end
end
local id
if newest then id = newest[1] else id = redis.call('XADD', KEYS[1], '*', 'mark', '1') end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {lost, id, missed}
"""


class _Room:
    """A portal's sockets in this process."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.groups: defaultdict[str, set[Socket]] = defaultdict(set)
        self.heard = asyncio.Event()


class Hub:
    """Joins sockets to groups and hands them what Redis publishes."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(url, protocol=2, socket_connect_timeout=2)
        # A few connections for a crowd that comes back at once: the rest of the crowd waits its turn.
        asking = BlockingConnectionPool.from_url(
            url, max_connections=8, timeout=20, socket_timeout=5, socket_connect_timeout=2, decode_responses=True
        )
        self._redis: Redis = Redis.from_pool(asking)
        self._catch_up = self._redis.register_script(_CATCH_UP)
        self._rooms: dict[str, _Room] = {}
        self._ear: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.on_return: asyncio.Event = asyncio.Event()

    # -- sockets ---------------------------------------------------------------------------------------------------

    def admit(self, socket: Socket) -> bool:
        """Count the socket in, unless its portal or its person has too many."""
        room = self._rooms.get(socket.visitor.schema) or _Room()
        if len(room.sockets) >= PER_PORTAL:
            return False
        if sum(other.visitor.user_id == socket.visitor.user_id for other in room.sockets) >= PER_PERSON:
            return False
        self._rooms[socket.visitor.schema] = room
        room.sockets.add(socket)
        return True

    async def remove(self, socket: Socket) -> None:
        """Forget the socket; a portal without sockets is no longer listened to."""
        schema = socket.visitor.schema
        room = self._rooms.get(schema)
        if room is None:
            return
        room.sockets.discard(socket)
        for group in socket.groups:
            self._drop(room, group, socket)
        if not room.sockets:
            del self._rooms[schema]
            await self._tell("UNSUBSCRIBE", keys.channel(schema))

    def leave(self, socket: Socket, group: str) -> None:
        """The tab no longer shows what the group is about."""
        room = self._rooms[socket.visitor.schema]
        socket.groups.discard(group)
        self._drop(room, group, socket)

    @staticmethod
    def _drop(room: _Room, group: str, socket: Socket) -> None:
        members = room.groups.get(group)
        if members is not None:
            members.discard(socket)
            if not members:
                del room.groups[group]

    async def join(self, socket: Socket, group: str, last: str) -> None:
        """Let the socket listen to `group`, from what it missed since `last` on, an id or a moment in ms ("": now)."""
        schema = socket.visitor.schema
        room = self._rooms[schema]
        if not room.heard.is_set():
            await self._tell("SUBSCRIBE", keys.channel(schema))
            await asyncio.wait_for(room.heard.wait(), 5)
        held = socket.joining[group] = []
        socket.groups.add(group)
        room.groups[group].add(socket)
        try:
            found = await self._catch_up(keys=[keys.stream(schema, group)], args=[last, KEPT_SECONDS, KEPT])
        except RedisError:
            socket.push(reset(group))
            return
        finally:
            del socket.joining[group]
        lost, newest, missed = found
        if lost:
            socket.push(reset(group))
        for message_id, fields in missed:
            if (body := dict(zip(fields[::2], fields[1::2], strict=True)).get("b")) is not None:
                socket.push(message(group, message_id, body))
        socket.push(joined(group, newest))
        for message_id, frame in held:
            if _after(message_id, newest):
                socket.push(frame)

    def visitors(self) -> Iterator[tuple[str, list[Socket]]]:
        """Each portal with its sockets here."""
        yield from [(schema, list(room.sockets)) for schema, room in self._rooms.items()]

    def everyone(self) -> list[Socket]:
        """All sockets here."""
        return [socket for room in self._rooms.values() for socket in room.sockets]

    # -- Redis -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _tell(self, *command: str) -> None:
        if self._ear is not None:
            # What is suppressed here the reader notices too; it comes back with every channel.
            with contextlib.suppress(RedisError, OSError):
                await self._ear.send_command(*command)

    async def _listen(self) -> None:
        failures = 0
        while True:
            ear: Connection = self._pool.make_connection()  # type: ignore[no-untyped-call]  # untyped library
            try:
                await ear.connect()  # type: ignore[no-untyped-call]  # untyped library
                self._ear = ear
                await ear.send_command("SUBSCRIBE", _HOME, *map(keys.channel, self._rooms))
                if failures:
                    self._start_over()
                failures = 0
                while True:
                    self._hear(await ear.read_response(timeout=_SILENCE_SECONDS))
            except Exception as error:  # whatever it is, nobody hears anything until we listen again
                if not failures:
                    known = isinstance(error, RedisError | OSError)
                    _log.warning("live.redis_lost", error=str(error), exc_info=None if known else error)
                await asyncio.sleep(_RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)])
                failures += 1
            finally:
                self._ear = None
                for room in self._rooms.values():
                    room.heard.clear()
                await ear.disconnect(nowait=True)

    def _start_over(self) -> None:
        """Redis is back; what was sent in between is unknown, and so is who was told to leave."""
        for socket in self.everyone():
            for group in sorted(socket.groups):
                socket.push(reset(group))
        self.on_return.set()

    async def _beat(self) -> None:
        """Make Redis speak now and then, so that a connection that died silently is noticed."""
        while True:
            await asyncio.sleep(_SILENCE_SECONDS / 3)
            await self._tell("PING")

    def _hear(self, reply: Any) -> None:
        if reply[0] == b"pong":
            return
        kind, channel, payload = reply[0], reply[1].decode(), reply[2]
        room = self._rooms.get(keys.schema_of(channel))
        if room is None:
            return
        if kind == b"subscribe":
            room.heard.set()
        elif kind == b"message":
            head, _newline, body = payload.decode().partition("\n")
            what, _space, rest = head.partition(" ")
            if what == "m":
                message_id, _space, group = rest.partition(" ")
                if members := room.groups.get(group):
                    frame = message(group, message_id, body)
                    for socket in members:
                        socket.deliver(group, message_id, frame)
            elif what == "d":
                self._disconnect(room, **orjson.loads(rest))

    @staticmethod
    def _disconnect(room: _Room, user: int | None = None, session: str = "") -> None:
        for socket in room.sockets:
            visitor = socket.visitor
            if (user is None or visitor.user_id == user) and (not session or visitor.session_key == session):
                socket.close(SIGN_IN)


def _after(one: str, other: str) -> bool:
    """Whether stream id `one` is later than `other`; "" (no id) always is."""
    if not one:
        return True
    return tuple(map(int, one.split("-"))) > tuple(map(int, other.split("-")))
