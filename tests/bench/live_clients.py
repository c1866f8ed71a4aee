"""Many cheap WebSocket clients in one process: they count the bytes that arrive, and when the last one has."""

from __future__ import annotations

import asyncio
import base64
import os

HANDSHAKE = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(text: str) -> bytes:
    """A masked text frame (RFC 6455, 5.2) with the mask 0, so that the payload stays readable."""
    payload = text.encode()
    if len(payload) >= 126:
        raise ValueError("longer than a short frame")
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload


class Client(asyncio.Protocol):
    """One socket: handshake, join, then only counting."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.open = self.joined = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(HANDSHAKE.format(host=self.crowd.host, key=key).encode())

    def data_received(self, data: bytes) -> None:
        if not self.open:
            if b"101" not in data[:20]:
                raise ConnectionError(data[:200])
            self.open = True
            self.transport.write(frame(self.crowd.hello))
        elif self.joined:
            self.crowd.count(data)
        elif b"joined" in data:
            self.joined = True
            self.crowd.arrived()


class Crowd:
    """`size` clients of one server; `marker` is in each message exactly once."""

    def __init__(self, host: str, port: int, size: int, hello: str, marker: bytes) -> None:
        self.host, self.port, self.size, self.hello, self.marker = host, port, size, hello, marker
        self.present = self.counted = self.expected = 0
        self.done = asyncio.Event()

    def arrived(self) -> None:
        self.present += 1
        if self.present == self.size:
            self.done.set()

    def count(self, data: bytes) -> None:
        self.counted += data.count(self.marker)
        if self.counted >= self.expected:
            self.done.set()

    async def connect(self) -> None:
        """Returns when all are in."""
        loop = asyncio.get_running_loop()
        for start in range(0, self.size, 100):
            await asyncio.gather(
                *[
                    loop.create_connection(lambda: Client(self), "127.0.0.1", self.port)
                    for _ in range(min(100, self.size - start))
                ]
            )
        await asyncio.wait_for(self.done.wait(), 60)

    def expect(self, messages: int) -> None:
        """Count from zero until everyone got `messages`."""
        self.done.clear()
        self.counted, self.expected = 0, messages * self.size
