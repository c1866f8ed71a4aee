"""Where a line of the statement leads: to the call, or the pack, that caused it."""

from __future__ import annotations

from django.urls import reverse

from billing.rating.models import Bundle


def call_of_cause(portal_id: int, rest: str) -> str:
    """The page of the call in "call:17"."""
    return reverse("billing:call", args=[int(rest)]) if rest.isdecimal() else ""


def call_of_correction(portal_id: int, rest: str) -> str:
    """The page of the call in "correction:call:17:answer" or "correction:rerate:3:17"; "" for other corrections."""
    parts = rest.split(":")
    pk = {"call": parts[1:2], "rerate": parts[2:3]}.get(parts[0], [])
    return call_of_cause(portal_id, pk[0]) if pk else ""


def pack_of_cause(portal_id: int, rest: str) -> str:
    """The page of the minutes that were bought."""
    found = Bundle.objects.filter(portal_id=portal_id, cause=f"pack:{rest}").values_list("pk", flat=True).first()
    return reverse("billing:pack", args=[found]) if found is not None else ""
