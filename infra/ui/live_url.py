"""Where browsers reach the live gateway."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def live_origin(request: HttpRequest) -> str:
    """Scheme, host and port of the gateway as this browser sees them (RFC 6455 scheme `ws` or `wss`)."""
    scheme = "wss" if request.is_secure() else "ws"
    host = request.get_host()
    if settings.LIVE_URL_PORT:
        host = f"{host.rsplit(':', 1)[0]}:{settings.LIVE_URL_PORT}"
    return f"{scheme}://{host}"


def live_url(request: HttpRequest) -> str:
    """Full address of the gateway's socket."""
    return live_origin(request) + "/live"
