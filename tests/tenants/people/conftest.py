"""What the tests of people share: letters as they are sent, and second factors."""

import re
from dataclasses import dataclass

import pytest

from tenants.people import jobs


@dataclass
class Sent:
    to: str
    subject: str
    text: str
    html: str

    def link(self, part: str) -> str:
        """The path of the first link that holds `part`."""
        found = re.search(rf"https?://[^/\s]+(/\S*{part}\S*)", self.text)
        assert found, self.text
        return found[1]


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Letters in the order in which they were handed to the mail adapter; the worker's share is done at once."""
    sent: list[Sent] = []
    monkeypatch.setattr("infra.adapters.mail.send", lambda *letter: sent.append(Sent(*letter)))
    monkeypatch.setattr(jobs.send_password_reset, "enqueue", lambda *args: jobs.send_password_reset.run(*args))
    return sent


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rate limits of one test do not reach the next."""
    from django.core.cache import cache

    cache.clear()
