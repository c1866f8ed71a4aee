"""Where a line of the statement leads: to the call that caused it."""

from __future__ import annotations

from django.urls import reverse


def call_of_cause(portal_id: int, rest: str) -> str:
    """The page of the call in "call:17"."""
    return reverse("billing:call", args=[int(rest)]) if rest.isdecimal() else ""


def call_of_correction(portal_id: int, rest: str) -> str:
    """The page of the call in "correction:call:17:answer" or "correction:rerate:3:17"; "" for other corrections."""
    parts = rest.split(":")
    pk = {"call": parts[1:2], "rerate": parts[2:3]}.get(parts[0], [])
    return call_of_cause(portal_id, pk[0]) if pk else ""
