"""Strangers who send a published form all at once, each with a name that nobody else has."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.db.current import enter
from modules.sites.domain import hosts
from tenants.portals.models import Portal
from tests.factories import site as sites

Request = tuple[str, str, bytes, dict[str, str]]


@dataclass
class Flood:
    """`number` posts of one form; `told` is the status each got, by the visitor's name, 0 for no answer."""

    portal: Portal
    number: int
    told: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with enter(self.portal):
            site = sites.site("flooded")
            form = sites.form_of(site).public_id
            host = hosts.host_of(site)
            self.requests = [_post(self.portal, host, form, number) for number in range(self.number)]

    def send(self, port: int, visitors: int) -> None:
        """All of them, later those that were told to come back, over `visitors` connections at a time."""
        due = [one for one in self.requests if self.told.get(one[0], 503) == 503]
        threads = [threading.Thread(target=self._work, args=(port, due[first::visitors])) for first in range(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, port: int, mine: Sequence[tuple[str, Request]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for name, (method, path, body, headers) in mine:
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                self.told[name] = answer.status
            except (OSError, http.client.HTTPException):
                self.told[name] = 0
                connection.close()

    @property
    def thanked(self) -> set[str]:
        """Whose form was taken."""
        return {name for name, status in self.told.items() if 200 <= status < 400}


def _post(portal: Portal, host: str, form: str, number: int) -> tuple[str, Request]:
    name = f"Flood visitor {number}"
    values = {
        **sites.ANSWERS,
        "f1": name,
        "f2": f"+4420794{number:05d}",
        "f3": f"flood{number}@example.com",
        "proof": sites.ripe_proof(portal.schema_name, form),
    }
    headers = {
        "Host": host,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "X-Forwarded-For": f"10.{number // 250}.{number % 250}.1",
    }
    return name, ("POST", f"/_f/{form}", urllib.parse.urlencode(values).encode(), headers)
