"""Visitors who send a published form again and again, and write down what they were told."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import threading
import time
import urllib.parse
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.conftest import House
from tests.factories.site import solved

PATIENCE = 60.0
PLAIN_EVERY = 8  # every so many a post without a proof of work …
PLAIN_ATMOST = 90  # … below the number at which a form's plain posts are put aside (FORM_LIMITS)


@dataclass
class Post:
    """One form as its visitor filled it in; `told` is what they learned: the status, or why there was no answer."""

    name: str
    address: str
    values: dict[str, str]
    proven: bool
    told: int | str = "not sent"

    @property
    def thanked(self) -> bool:
        return self.told == 303


@dataclass
class Site:
    """The published demo site of a house, asked the way a proxy asks for visitors all over the world."""

    house: House
    host: str = ""
    action: str = ""
    number: str = ""
    filled: list[Post] = field(default_factory=list)  # every form that anybody filled in
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.host = urllib.parse.urlsplit(self.house.addresses["Published site"]).netloc
        page = self._ask("GET", "/", "2001:db8::1")[1].decode()
        form = re.search(r'<form method="post" action="([^"]+)"', page)
        number = re.search(r'name="number" value="(\d+)"', page)
        assert form is not None, page
        assert number is not None, page
        self.action, self.number = form[1], number[1]

    def fill_in(self) -> Post:
        """A form with answers that nobody else gives, from a household of its own."""
        number = next(self._count)
        name = f"Storm visitor {number:05}"
        values = {"f1": name, "f3": f"storm-{number:05}@visitor.example", "f5": "yes", "number": self.number}
        post = Post(name, f"2001:db8:{number:x}::1", values, proven=False)
        self.filled.append(post)
        return post

    def prove(self, post: Post) -> None:
        """Do the work that a visitor's browser does. Raises OSError or HTTPException while nobody sets it."""
        status, body = self._ask("GET", f"{self.action}/challenge", post.address)
        if status != 200:
            raise http.client.HTTPException(f"no challenge: {status}")
        post.values["proof"] = solved(json.loads(body))
        post.proven = True

    def send(self, post: Post) -> None:
        """Send the form once and note what came back."""
        try:
            post.told = self._ask("POST", self.action, post.address, urllib.parse.urlencode(post.values))[0]
        except ConnectionRefusedError:
            post.told = "refused"
        except (OSError, http.client.HTTPException) as failure:
            post.told = f"no answer: {failure!r}"

    def _ask(self, method: str, path: str, address: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.house.port), timeout=PATIENCE)
        headers = {"Host": self.host, "X-Forwarded-For": address}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Storm:
    """Several visitors at once; `journal` holds every form they sent, in the order of the answers."""

    def __init__(self, site: Site, visitors: int = 3, plain: bool = True) -> None:
        self.site, self.plain = site, plain
        self.journal: list[Post] = []
        self._over = threading.Event()
        self._plain = itertools.count()
        self._threads = [threading.Thread(target=self._visit) for _ in range(visitors)]

    @contextmanager
    def blowing(self) -> Iterator[Storm]:
        """Visitors come for as long as the block runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join(2 * PATIENCE)

    @property
    def thanked(self) -> int:
        return sum(post.thanked for post in self.journal)

    def _visit(self) -> None:
        """Solve one task after the other; send each form once its proof is ripe, the time a person takes to type."""
        ripening: deque[tuple[float, Post]] = deque()
        turn = 0
        while not self._over.wait(0.05):
            turn += 1
            post = self.site.fill_in()
            if self.plain and turn % PLAIN_EVERY == 0 and next(self._plain) < PLAIN_ATMOST:
                self._send(post)
                continue
            if len(ripening) < 100:
                try:
                    self.site.prove(post)
                except (OSError, http.client.HTTPException):
                    self._over.wait(0.2)  # nobody there at the moment
                else:
                    ripening.append((time.monotonic() + 3.0, post))
            while ripening and ripening[0][0] < time.monotonic() and not self._over.is_set():
                self._send(ripening.popleft()[1])

    def _send(self, post: Post) -> None:
        self.site.send(post)
        self.journal.append(post)
        if not post.thanked:
            self._over.wait(0.2)
