"""Asking the DNS whether a domain says it is a portal's."""

from __future__ import annotations

from django.conf import settings

PATIENCE_SECONDS = 5.0


class DnsUnavailable(Exception):
    """No name server gave an answer; nothing is known."""


def txt_records(name: str) -> list[str]:
    """The TXT records at `name`, each joined to one text; [] when there are none. Raises DnsUnavailable.

    Asks the servers in PORTALS_RESOLVER ("address" or "address:port", comma-separated), else the system's. Nothing is
    cached here.
    """
    import dns.exception  # four megabytes, needed when a domain is proven alone
    import dns.resolver

    servers = [server for server in settings.PORTALS_RESOLVER.split(",") if server]
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [server.split(":")[0] for server in servers]
        resolver.port = int(servers[0].split(":")[1]) if ":" in servers[0] else 53
    try:
        answer = resolver.resolve(name, "TXT", lifetime=PATIENCE_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise DnsUnavailable(str(error)) from error
    return [b"".join(record.strings).decode("utf-8", "replace").strip() for record in answer]
