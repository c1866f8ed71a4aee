"""Signatures as Standard Webhooks has them (standardwebhooks.com): programs check them with a ready library.

`webhook-id`, `webhook-timestamp` (Unix seconds) and `webhook-signature`: "v1," and the base64 of the HMAC-SHA256 of
"<id>.<timestamp>.<body>" under the secret behind "whsec_" (base64); several, apart by blanks, while a secret changes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

MARK = "whsec_"


def new_secret() -> str:
    """A fresh secret of 256 bits."""
    return MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(message_id: str, at: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers for a body that is sent at the Unix second `at`, signed with each of `keys`."""
    signed = f"{message_id}.{at}.".encode() + body
    signatures = [
        base64.b64encode(hmac.new(base64.b64decode(key.removeprefix(MARK)), signed, hashlib.sha256).digest()).decode()
        for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
