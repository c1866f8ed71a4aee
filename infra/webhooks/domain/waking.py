"""Letting the workers know that a portal has messages to send."""

from __future__ import annotations

from datetime import datetime

from infra.wakeups.marks import Marks

MARKS = Marks("webhooks")


def wake_soon() -> None:
    """After the commit messages are due; the mark in the commit tells it where the word is lost."""
    from infra.webhooks.jobs import send

    MARKS.leave()
    send.enqueue()


def wake_at(moment: datetime) -> None:
    """A message is due at `moment`."""
    MARKS.leave(moment)
