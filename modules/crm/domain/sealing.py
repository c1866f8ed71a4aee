"""Secrets of the company that must be read again, such as its key at a payment provider: encrypted at rest.

The key is made of SECRET_KEY and the portal, so a row copied into another portal opens nothing; what an older secret
sealed (SECRET_KEY_FALLBACKS) still opens.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from django.conf import settings

from infra.db.current import portal_schema

if TYPE_CHECKING:  # loaded by the processes that seal or unseal something
    from cryptography.fernet import MultiFernet


def seal(text: str) -> str:
    """`text`, encrypted."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed; "" where no secret opens it any more."""
    from cryptography.fernet import InvalidToken

    try:
        return _box().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _box() -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    given = f"crm.sealing:{portal_schema()}:{secret}".encode()
    return base64.urlsafe_b64encode(hashlib.sha256(given).digest())
