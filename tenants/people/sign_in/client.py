"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The visitor's address: as many steps into X-Forwarded-For as there are proxies of ours, no further, so that a
    visitor cannot write their own (promise 24). Without a readable address all such requests share "0.0.0.0"."""
    return address_of(request.headers.get("X-Forwarded-For", ""), request.META.get("REMOTE_ADDR", ""))


def address_of(forwarded_for: str, remote: str) -> str:
    """The same from the header X-Forwarded-For and the address of whoever is connected."""
    hops = settings.TRUSTED_PROXY_HOPS
    forwarded = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    address = forwarded[-hops] if hops and len(forwarded) >= hops else remote
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - an address that nobody has
    # What listens on IPv6 sees IPv4 visitors as ::ffff:192.0.2.1: all of them one network, were they left so.
    return str(getattr(found, "ipv4_mapped", None) or found)


def household_of(address: str) -> str:
    """Whom counters count: an IPv4 address, or the /64 network of an IPv6 one, in which a household has 2**64."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False))
