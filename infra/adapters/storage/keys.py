"""Keys of objects: whose they are, and that a key can never become a path elsewhere."""

from __future__ import annotations

import re
import secrets

from infra.adapters.storage.interface import LONGEST_LINK_S, BadKey
from infra.db.current import portal_schema

_KEY = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*(?:/[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)*"
)
_LONGEST_KEY = 400


def checked_key(key: str) -> str:
    """The key itself if it is a plain relative name, else BadKey.

    Segments are letters, digits, ``_``, ``-`` and single inner dots; no empty, ``.`` or ``..`` segment, no
    backslash, no control character, no leading or trailing slash, 400 characters at most.
    """
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadKey(f"Not a storage key: {key[:80]!r}")
    return key


def portal_key(name: str) -> str:
    """The key of ``name`` in the portal entered right now. Computed at every call. Raises NoPortal, BadKey."""
    return checked_key(f"{portal_schema()}/{name}")


def random_name() -> str:
    """A fresh unguessable name (128 bits) for an object; names people gave are kept in the database only."""
    return secrets.token_hex(16)


def checked_lifetime(expires_s: int) -> int:
    """The lifetime of a link in seconds if it is between 1 and 300, else ValueError."""
    if not 1 <= expires_s <= LONGEST_LINK_S:
        raise ValueError(f"A link lives 1 to {LONGEST_LINK_S} seconds, not {expires_s}")
    return expires_s
