"""Names in Redis: every one carries the portal's schema, so that no group crosses portals (promise 11)."""

from __future__ import annotations

PREFIX = "live:"


def stream(schema: str, group: str) -> str:
    """The stream that keeps the group's last messages."""
    return f"{PREFIX}{schema}:s:{group}"


def channel(schema: str) -> str:
    """The channel that tells the gateways of the portal's messages."""
    return f"{PREFIX}{schema}"


def schema_of(name: str) -> str:
    """The schema of a channel."""
    return name.removeprefix(PREFIX)
