"""E-mails: one comparable form."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def comparable(typed: str) -> str:
    """The address in lower case, its domain in ASCII (IDNA); "" when `typed` is no address.

    Local parts are compared without case too: no mail provider of note tells them apart (RFC 5321, 2.4 lets it).
    """
    local, at, host = typed.strip().rpartition("@")
    if not at or not local:
        return ""
    try:
        address = f"{local.lower()}@{host.rstrip('.').lower().encode('idna').decode('ascii')}"
        validate_email(address)
    except (ValidationError, UnicodeError):
        return ""
    return address if len(address) <= 254 else ""
