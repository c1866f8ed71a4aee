"""A name server of the tests."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from pytest_django import Settings

from tenants.portals.models import DomainClaim


class Zone:
    """What a name server of the test answers: TXT texts by name; `silent` makes it fail."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.silent = False

    def publish(self, claim: DomainClaim) -> None:
        self.texts[claim.record_name] = ["v=spf1 -all", claim.record_value]


@pytest.fixture
def zone(settings: Settings) -> Iterator[Zone]:
    served = Zone()

    class Handler(socketserver.DatagramRequestHandler):
        def handle(self) -> None:
            question = dns.message.from_wire(self.rfile.read())
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.AA
            name = question.question[0].name.to_text(omit_final_dot=True)
            if served.silent:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif name in served.texts:
                texts = [f'"{text}"' for text in served.texts[name]]
                answer.answer.append(dns.rrset.from_text(name + ".", 60, "IN", "TXT", *texts))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.wfile.write(answer.to_wire())

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        settings.PORTALS_RESOLVER = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()
