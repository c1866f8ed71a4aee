"""The web server as it is deployed, and visitors who ask it over TCP."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from infra.db.current import enter
from infra.local.process import free_port
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.waiting import until
from tests.support import clients

CONFIG = Path(__file__).resolve().parents[2] / "infra" / "deploy" / "gunicorn.py"


class Visitor:
    """The owner of a portal, signed in, asking a web process over TCP."""

    def __init__(self, portal: Portal, port: int) -> None:
        with enter(portal):
            client = clients.signed_in(User.objects.owners().get())
        self.portal, self._port = portal, port
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._headers = {"Host": portal.host, "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}

    def ask(self, path: str = "/people/me/") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        connection.request("GET", path, headers=self._headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


@contextmanager
def web(log: Path, workers: int = 1) -> Iterator[int]:
    """gunicorn with the configuration of a deployment, `workers` processes; gives its port."""
    port = free_port()
    own = {"PORT": str(port), "WEB_WORKERS": str(workers), "TRUSTED_PROXY_HOPS": "1"}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", str(CONFIG), "saas.wsgi"],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "saas.settings.test"} | own,
            stdout=output,
            stderr=output,
        )
    try:

        def answers() -> bool:
            assert server.poll() is None, log.read_text()[-3000:]
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        until(answers, 120)
        yield port
    finally:
        server.terminate()
        server.wait(40)
