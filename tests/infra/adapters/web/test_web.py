"""Requests to typed addresses: to the public internet alone, however the address is dressed up (promise 53)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pytest_django.fixtures import Settings

from infra.adapters.web import NotAllowed, Unreachable, check_url, post
from infra.adapters.web.addresses import is_public, target_of


class Handler(BaseHTTPRequestHandler):
    """Notes what came; /moved redirects, /drip never ends."""

    seen: list[tuple[str, bytes, str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, body, self.headers["Host"]))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/inside")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 10_000)

    def log_message(self, *given: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Handler.seen.clear()
    made = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",  # decimal
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",  # mapped 169.254.169.254
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:53aa:64c:0:0:80ff:fffe]/",
        "http://[::127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://192.0.0.8/",
        "http://[3fff::1]/",
        "http://192.168.1.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost/",
    ],
)
def test_no_dress_leads_inside(url: str) -> None:  # promise 53
    with pytest.raises(NotAllowed):
        target_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com",
        "https://user:pass@example.com/",
        "https://user@example.com/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: x",
        "https://example.com\\@inside/",
        "https://[::1",
        "https://example.com:99999/",
        "https:///path",
        "https://" + "a" * 600,
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(NotAllowed):
        check_url(url)


def test_every_address_of_a_name_is_looked_at() -> None:  # promise 53
    with pytest.raises(NotAllowed):
        target_of("https://mixed.example/", lambda host, port: ["93.184.215.14", "10.0.0.7"])
    assert target_of("https://fine.example:8443/a?b=c", lambda host, port: ["93.184.215.14"]).ip == "93.184.215.14"
    assert is_public("2606:4700:4700::1111")
    assert is_public("64:ff9b::5db8:d70e")


def test_a_name_that_changes_its_mind_is_asked_once(server: HTTPServer, settings: Settings) -> None:  # promise 53
    """Rebinding: what was checked is what is connected to; a second look at the name would lead elsewhere."""
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    port = server.server_address[1]
    answer = post(f"http://turning.example:{port}/hook", b"{}", {}, look_up=lambda host, port: answers.pop(0))
    assert (answer.status, len(answer.text), len(answers)) == (200, 4096, 1)
    assert Handler.seen == [("/hook", b"{}", f"turning.example:{port}")]
    with pytest.raises(NotAllowed):
        post(f"http://turning.example:{port}/hook", b"{}", {}, look_up=lambda host, port: answers.pop(0))
    assert len(Handler.seen) == 1


def test_redirects_are_not_followed(server: HTTPServer, settings: Settings) -> None:  # promise 53
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    answer = post(f"http://127.0.0.1:{server.server_address[1]}/moved", b"{}", {})
    assert (answer.status, answer.taken, [path for path, _body, _host in Handler.seen]) == (302, False, ["/moved"])


def test_silence_and_strangers_are_said(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unreachable, match="no answer in time"):
            post(f"http://127.0.0.1:{port}/", b"{}", {}, timeout=0.2)
        with pytest.raises(Unreachable):
            post(f"https://127.0.0.1:{port}/", b"{}", {}, timeout=0.2)
    with pytest.raises(Unreachable):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, timeout=0.2)
