"""Which fields never show their value in the log."""

from __future__ import annotations

import re

# Whole words of a field's name, so that "hashtags" and "keyboard" stay readable.
_WORDS = re.compile(
    "password|passwd|passphrase|secret|secrets|token|tokens|otp|totp|pin|cvc|cvv|credential|credentials|hash|digest|"
    "signature|cookie|session|csrf|authorization"
)
_PAIRS = re.compile(r"(api|secret|private|session|access|signing|recovery|backup)_?(key|keys|code|codes)")


def is_secret(name: str) -> bool:
    """Whether the values of the field `name` must be hidden."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return bool(any(map(_WORDS.fullmatch, snake.split("_"))) or _PAIRS.search(snake))
