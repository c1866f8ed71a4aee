"""Servers to measure: the gateway with an open door, or the websockets library alone. Prints its port when it is up."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

from infra.live import keys
from infra.live.door import Door, Visitor

SCHEMA = "p_bench"


class OpenDoor(Door):
    """Lets everyone in without asking the database: what is measured is the delivery, not Django's session check."""

    def __init__(self) -> None:
        super().__init__(lambda host: SCHEMA)
        self._next = 0

    async def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        return question(*arguments)

    def visitor(self, schema: str, cookies: str) -> Visitor | None:
        self._next += 1
        return Visitor(schema, self._next, "session")

    def allowed(self, visitor: Visitor, groups: Sequence[str]) -> list[bool]:
        return [True] * len(groups)


def gateway() -> None:
    """The gateway as `manage.py live` serves it."""
    import django

    django.setup()
    from infra.live.gateway import Gateway

    application = Gateway(lambda host: SCHEMA)
    application._door = OpenDoor()
    config = uvicorn.Config(
        application,
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="warning",
        access_log=False,
        backlog=4096,
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print("port", server.servers[0].sockets[0].getsockname()[1], flush=True)
        await task

    asyncio.run(run())


def bare() -> None:
    """The floor: the websockets library broadcasting what one Redis subscription hears."""

    async def run() -> None:
        connections: set[ServerConnection] = set()

        async def handler(connection: ServerConnection) -> None:
            connections.add(connection)
            async for text in connection:
                await connection.send(f"joined {text!r}")

        async with serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            print("port", server.sockets[0].getsockname()[1], flush=True)
            redis = Redis.from_url(os.environ["REDIS_LIVE_URL"])
            async with redis.pubsub() as pubsub:
                await pubsub.subscribe(keys.channel(SCHEMA))
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        broadcast(connections, message["data"].decode())

    asyncio.run(run())


if __name__ == "__main__":
    {"gateway": gateway, "bare": bare}[sys.argv[1]]()
