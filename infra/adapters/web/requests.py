"""One POST to a checked address: pinned to the address that was checked, no redirect, no proxy, bounded in all ways."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from infra.adapters.web.addresses import Resolve, Target, resolve, target_of

TIMEOUT_S = 10.0
MOST_READ = 4_096


class Unreachable(Exception):
    """Nobody answered as HTTP wants it; its text says what happened."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: the status, the beginning of the body, and how many seconds it took."""

    status: int
    text: str
    seconds: float

    @property
    def taken(self) -> bool:
        """Whether the other side has taken it: any 2xx. A redirect is not followed, so it is none."""
        return 200 <= self.status < 300


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float = TIMEOUT_S,
    look_up: Resolve = resolve,
) -> Answer:
    """Send `body` to `url`. Raises NotAllowed (promise 53), Unreachable. Takes `timeout` seconds at most, a little more
    where the other side drips its answer."""
    began = time.monotonic()
    try:
        target = target_of(url, look_up)
        connection = _connection(target, timeout)
        try:
            connection.request(
                "POST", target.path, body=body, headers={"Host": target.host_header, "Connection": "close", **headers}
            )
            answer = connection.getresponse()
            text = _read(answer, began + timeout)
        finally:
            connection.close()
    except ssl.SSLError as error:
        raise Unreachable(f"TLS: {error.reason or 'failed'}") from error
    except TimeoutError as error:
        raise Unreachable("no answer in time") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(error.strerror if isinstance(error, OSError) and error.strerror else "unreachable") from error
    except http.client.HTTPException as error:
        raise Unreachable(f"no HTTP: {type(error).__name__}") from error
    return Answer(status=answer.status, text=text, seconds=time.monotonic() - began)


def _read(answer: http.client.HTTPResponse, until: float) -> str:
    parts: list[bytes] = []
    left = MOST_READ
    while left > 0 and time.monotonic() < until:
        part = answer.read1(left)
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts).decode("utf-8", "replace").replace("\0", "")


def _connection(target: Target, timeout: float) -> http.client.HTTPConnection:
    """A connection that is already open to the checked address; TLS is checked against the name."""
    raw = socket.create_connection((target.ip, target.port), timeout)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
            if target.scheme == "https"
            else raw
        )
    except BaseException:
        raw.close()
        raise
    return connection
