"""Nothing secret reaches a log line: not by its name, not by its shape, not by its value (promise 77)."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from django.conf import settings

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|authorization|cookie|api_?key|private_?key|credential|session_?(id|key)|csrf|otp|totp"
    r"|recovery|signature",
    re.IGNORECASE,
)
_SECRET_SHAPES = (
    (re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE), r"\g<keep>" + HIDDEN),
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic|Token)\s+)[\w.~+/=:-]+", re.IGNORECASE), r"\g<keep>" + HIDDEN),
    (
        re.compile(
            r"(?P<keep>\b[\w-]*(?:password|passwd|secret|token|api_?key|sessionid|csrf\w*)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;})]+",
            re.IGNORECASE,
        ),
        r"\g<keep>" + HIDDEN,
    ),
    # our access tokens, keys of Stripe, secrets of webhooks, wherever they stand
    (re.compile(r"\b(?:pk|whsec|(?:sk|rk)_(?:live|test))_[\w+/=-]{12,}"), HIDDEN),
    # invitations, reset keys, share links: a long part of a path with a digit in it
    (re.compile(r"(?<=/)(?=[\w.:=~-]*\d)[\w.:=~-]{20,}(?=[/\s\"'?]|$)"), HIDDEN),
    # PostgreSQL quotes the offending row: "Key (email)=(ann@example.com) already exists."
    (re.compile(r"(?P<keep>Key \([^)]*\)=\()[^)]*\)"), r"\g<keep>" + HIDDEN + ")"),
    (re.compile(r"(?P<keep>Failing row contains \().*\)"), r"\g<keep>" + HIDDEN + ")"),
)
_SETTINGS = (
    "SECRET_KEY",
    "PORTALS_HASH_KEY",
    "METRICS_TOKEN",
    "S3_SECRET_KEY",
    "S3_ACCESS_KEY",
    "STRIPE_API_KEY",
    "EMAIL_URL",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
)
_LISTS = ("SECRET_KEY_FALLBACKS", "STRIPE_WEBHOOK_SECRETS", "SWITCH_TOKENS")


def redact_text(text: str) -> str:
    """`text` without secrets of the settings and without anything shaped like a secret."""
    for name in _SETTINGS:
        value = str(getattr(settings, name, ""))
        if len(value) >= 8:
            text = text.replace(value, HIDDEN)
    for name in _LISTS:
        for value in getattr(settings, name, ()):
            text = text.replace(value, HIDDEN)
    for shape, replacement in _SECRET_SHAPES:
        text = shape.sub(replacement, text)
    return text


def redact(value: Any, name: str = "") -> Any:
    """`value` with secrets hidden at any depth; `name` is the key it stands under."""
    if name and value not in (None, "", True, False) and _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(inner) for inner in value]
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    return redact_text(str(value))


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor; the last one before rendering, so that tracebacks pass it too."""
    for key in list(event):
        if not key.startswith("_"):
            event[key] = redact(event[key], key)
    return event
