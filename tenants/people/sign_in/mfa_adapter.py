"""What the second-factor library asks the house: names, and secrets kept encrypted."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from infra.db.current import current_portal

if TYPE_CHECKING:  # loaded by the processes that seal or open a secret
    from cryptography.fernet import MultiFernet


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are stored encrypted; SECRET_KEY_FALLBACKS still open them."""

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows above the code."""
        return str(current_portal().name)

    def _get_site_name(self) -> str:
        return str(current_portal().name)

    def encrypt(self, text: str) -> str:
        """Text under the current key."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Text that was encrypted under the current key or one of the fallbacks (promise 82)."""
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"people.second_factor:" + key.encode()).digest()))
            for key in keys
        ]
    )
