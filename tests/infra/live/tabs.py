"""A gateway in a process of its own, a company signed in, and what its browser tabs say and hear."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from infra import live
from infra.db.current import enter
from infra.local.process import free_port
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.waiting import until
from tests.support import clients


class Gateway:
    """`manage.py live` in a process of its own."""

    def __init__(self, log: Path) -> None:
        self.port, self.log = free_port(), log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "live", "--port", str(self.port)],
                env=os.environ,
                stdout=output,
                stderr=output,
            )
        until(self._answers, 90)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def tab(
        self, host: str, cookie: str = "", origin: str | None = "own", path: str = "/live", room: int | None = None
    ) -> ClientConnection:
        """A browser tab of `host`; its system keeps `room` bytes for what the tab has not read yet."""
        line = socket.socket()
        if room:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        line.connect(("127.0.0.1", self.port))
        return connect(
            f"ws://{host}:{self.port}{path}",
            sock=line,
            origin=f"http://{host}" if origin == "own" else origin,
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if cookie else {},
            open_timeout=60,
        )


class Company:
    """A portal with its owner signed in."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.host = portal, portal.host
        with enter(portal):
            owner = User.objects.order_by("pk").first()
            assert owner is not None
            self.owner = owner
        self.browser = clients.signed_in(self.owner)
        self.cookie = self.browser.cookies[settings.SESSION_COOKIE_NAME].value
        self.group = f"user:{self.owner.pk}"

    def send(self, number: int, group: str = "") -> None:
        with enter(self.portal):
            live.send(group or self.group, "test.number", {"n": number})


def join(tab: ClientConnection, group: str, last: str = "") -> str:
    """Join and return the id to come back with; what was missed must be read before."""
    tab.send(json.dumps({"join": [group], "last": {group: last} if last else {}}))
    return str(read(tab)["id"])


def read(tab: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(tab.recv(timeout=60)))


def closed_with(tab: ClientConnection) -> int:
    try:
        while True:
            tab.recv(timeout=60)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
