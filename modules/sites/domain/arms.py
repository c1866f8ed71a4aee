"""Two versions of a page: who sees which.

A trial is named by what its two versions say. So numbers always belong to exactly these words: an edit of either begins
a new count, an earlier publication that is shown again goes on with its own. Nothing is kept in the visitor's browser.
"""

from __future__ import annotations

import hashlib
import re

from django.utils import timezone
from django.utils.crypto import salted_hmac

ARM = re.compile(r"[0-9a-f]{8}[ab]")


def name_of(html: str, rival: str) -> str:
    """The name of the trial of these two versions; an arm is the name with "a" or "b" behind it."""
    return hashlib.sha256(f"{html}\0{rival}".encode()).hexdigest()[:8]


def side_of(name: str, ip: str, browser: str) -> str:
    """Which version a visitor sees: the same one all day (UTC), known only from address and browser."""
    day = timezone.now().date().isoformat()
    who = salted_hmac("modules.sites.trial", f"{name}:{day}:{ip}:{browser}", algorithm="sha256").digest()
    return "ab"[who[0] & 1]
