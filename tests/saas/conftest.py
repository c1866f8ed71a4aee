"""What the tests of the roof share."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Letters (to, subject, text, html) in the order in which they were handed to the mail adapter."""
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr("infra.adapters.mail.send", lambda *letter: sent.append(letter))
    return sent


@pytest.fixture
def no_knocks(db: None) -> Iterator[None]:
    """Counters of throttled visitors start at nothing."""
    cache.clear()
    yield
    cache.clear()
