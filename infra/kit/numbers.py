"""Numbers as they come from addresses and forms."""

from __future__ import annotations

_DIGITS = 18  # what fits into a bigint of PostgreSQL whatever the digits are


def whole_number(text: str | None) -> int | None:
    """The number that `text` spells in 1 to 18 ASCII digits, None for anything else."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return int(text)
