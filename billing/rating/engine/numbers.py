"""Telephone numbers as decks know them: the digits of E.164."""

from __future__ import annotations

import re

from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop

EMERGENCY = frozenset(
    {"000", "101", "102", "103", "104", "110", "111", "112", "118", "119", "911", "997", "998", "999"}
)
"""Numbers that are always free and always allowed, as they are dialled."""

_NOISE = re.compile(r"[\s().\-/\u00a0\u2011]+")
_DIGITS = re.compile(r"[0-9]{1,20}")


def digits(number: str) -> str:
    """`number` without +, 00, spaces and brackets. Raises Fault unless 1 to 20 digits are left."""
    bare = _NOISE.sub("", number)
    if bare.startswith("+"):
        bare = bare[1:]
    elif bare.startswith("00"):
        bare = bare[2:]
    if not _DIGITS.fullmatch(bare):
        raise Fault(gettext_noop("“%(number)s” is no telephone number"), number=number)
    return bare


def is_emergency(number: str) -> bool:
    """Whether the number, as dialled, is an emergency call."""
    return _NOISE.sub("", number).removeprefix("+") in EMERGENCY
