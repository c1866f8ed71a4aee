"""The web server as it is deployed: one portal's flood does not stand before another's request (promise 76)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import sql

from infra.db.owner import owner_connection
from infra.deploy.fairness import WAITING
from tenants.portals.models import Portal
from tests.infra.waiting import until
from tests.infra.webserver import Visitor, web

pytestmark = [pytest.mark.commits, pytest.mark.long]


@contextmanager
def stuck(portal: Portal) -> Iterator[None]:
    """Nobody who is signed in at `portal` gets an answer until the block ends: its sessions are locked."""
    with owner_connection() as raw:
        table = sql.Identifier(portal.schema_name, "django_session")
        raw.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
        yield


def test_a_flooded_portal_waits_alone(fresh_portal: Callable[..., Portal], tmp_path: Path) -> None:  # promise 76
    big, small = fresh_portal("Initech"), fresh_portal("Hooli")
    with web(tmp_path / "web.log") as port:
        flooding, quiet = Visitor(big, port), Visitor(small, port)
        assert (flooding.ask().status, quiet.ask().status) == (200, 200)  # the process knows both hosts
        answers: list[tuple[int, str | None]] = []

        def flood() -> None:
            answer = flooding.ask()
            answers.append((answer.status, answer.headers["Retry-After"]))

        visitors = [threading.Thread(target=flood) for _ in range(WAITING + 30)]
        with stuck(big):
            for visitor in visitors:
                visitor.start()
            until(lambda: len(answers) >= 25)  # refused at once, with a word on when to come back
            assert set(answers) == {(503, "2")}
            assert [quiet.ask().status for _ in range(5)] == [200] * 5
        for visitor in visitors:
            visitor.join()
    statuses = [status for status, _later in answers]
    assert (statuses.count(200), statuses.count(200) + statuses.count(503)) == (
        len(visitors) - statuses.count(503),
        len(visitors),
    )
    assert statuses.count(200) >= WAITING


def answered(port: int, host: bytes) -> bytes:
    """The first bytes of the answer to a request that names `host`, byte for byte."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET /account/login/ HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        return connection.recv(12)


def test_odd_hosts_get_nothing_and_silent_connections_hold_no_thread(
    fresh_portal: Callable[..., Portal], tmp_path: Path
) -> None:
    with web(tmp_path / "web.log") as port:
        known = fresh_portal().host.encode()
        assert [answered(port, host) for host in (known, known.upper() + b".", known + b":8000")] == [
            b"HTTP/1.1 200"
        ] * 3
        odd = [b"", b"evil.example", b"portal.localhost.evil.example", b"x" + known, known + b"@evil.example"]
        odd += [known + b"/evil", known + b"?", known + b":99999999", b"." + known, b"[::1]", b"127.0.0.1", b"a" * 300]
        odd += [b"\xd0\xb0" + known, b"evil.example\r\nX-Forwarded-Host: " + known, b"evil.example\r\nHost: " + known]
        told = {host: answered(port, host) for host in odd}  # promise 14
        assert {host: answer for host, answer in told.items() if answer not in (b"HTTP/1.1 404", b"HTTP/1.1 400")} == {}
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        visitor = Visitor(fresh_portal(), port)
        assert [visitor.ask().status for _ in range(5)] == [200] * 5
        for connection in silent:
            connection.close()
