"""How long the service's certificate is still good, as a visitor sees it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator

from django.conf import settings

from infra.ops.metrics import Reading

ASKED_EVERY = 3600.0
PATIENCE = 3.0
_lock = threading.Lock()
_last: tuple[float, float] = (float("-inf"), 0.0)


def days_left(host: str, port: int = 443, roots: str | None = None) -> float:
    """Days until the certificate of `host` ends; 0 where none is shown, or one that is not good for this name."""
    context = ssl.create_default_context(cafile=roots)
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as shown,
        ):
            ends = dict(shown.getpeercert() or {}).get("notAfter")
    except OSError:
        return 0.0
    return max(0.0, (ssl.cert_time_to_seconds(str(ends)) - time.time()) / 86_400) if ends else 0.0


def reading() -> Iterator[Reading]:
    """Asked once an hour; nothing where the service is not served over TLS."""
    global _last
    if settings.PUBLIC_SCHEME != "https":
        return
    with _lock:
        if time.monotonic() - _last[0] > ASKED_EVERY:
            _last = (time.monotonic(), days_left(settings.BASE_DOMAIN))
        yield {"host": settings.BASE_DOMAIN}, _last[1]
