"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from datetime import timedelta

ATTEMPTS = 16  # about eight hours; then a person looks at it
_FIRST_SECONDS = 10
_LONGEST_SECONDS = 3600


def pause(attempts: int) -> timedelta:
    """The wait after the `attempts`-th failure: doubling up to an hour, of which the second half is random."""
    full = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(attempts - 1, 16))
    return timedelta(seconds=full * random.uniform(0.5, 1.0))  # noqa: S311  (spreads load, guards nothing)
