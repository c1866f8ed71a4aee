"""Which addresses may be asked: every address that a name stands for must be one of the public internet.

IPv4 inside IPv6 counts as what it leads to: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

LONGEST_URL = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
# Special by IANA's registries, though this Python takes (some of) them for public.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "3fff::/20", "5f00::/16")))
_IPv = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The address is none that may be asked; its text says why, for people who set up webhooks."""


@dataclass(frozen=True)
class Target:
    """A checked address: connect to `ip`, and to nothing else, however the name resolves the next time."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str

    @property
    def host_header(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.scheme == "https" else 80) else f"{name}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def check_url(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query) of an address as typed. Raises NotAllowed; asks no name server."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > LONGEST_URL:
        raise NotAllowed("not a web address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("not a web address") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise NotAllowed("not a web address")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("an address without a name and password before the host")
    path = parts.path or "/"
    return (
        parts.scheme,
        parts.hostname.rstrip("."),
        port or (443 if parts.scheme == "https" else 80),
        f"{path}?{parts.query}" if parts.query else path,
    )


def target_of(url: str, look_up: Resolve = resolve) -> Target:
    """Where a request to `url` may go. Raises NotAllowed where any of its addresses is not public, OSError."""
    scheme, host, port, path = check_url(url)
    found = look_up(host, port)
    if not found:
        raise NotAllowed("the name stands for no address")
    for address in found:
        if not is_public(address):
            raise NotAllowed("the address leads into a private network")
    return Target(scheme, host, port, path, found[0])


def is_public(address: str) -> bool:
    """Whether `address` (an IP) is one of the public internet, or of a network that the operator allows by name."""
    try:
        ip: _IPv = ipaddress.ip_address(address)
    except ValueError:
        return False
    if any(ip in ipaddress.ip_network(network) for network in settings.OUTBOUND_ALLOWED_NETWORKS):
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _LOCAL_NAT64 or ip.teredo is not None:
            return False
        inner = ip.ipv4_mapped or ip.sixtofour or (_last_four(ip) if ip in _NAT64 or _is_compatible(ip) else None)
        if inner is not None:
            ip = inner
    if any(ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _is_compatible(ip: ipaddress.IPv6Address) -> bool:
    """IPv4-compatible addresses (::a.b.c.d), long deprecated, still understood by some systems."""
    return int(ip) >> 32 == 0


def _last_four(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
