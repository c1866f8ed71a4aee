"""The index behind "find my portal": which portals know an e-mail address, without storing the address."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from tenants.portals.models import EmailIndex, Portal


def _digest(email: str) -> str:
    text = email.strip().lower()
    return salted_hmac("portals.email", text, secret=settings.PORTALS_HASH_KEY, algorithm="sha256").hexdigest()


def remember_email(*, portal: Portal, email: str) -> None:
    """`email` belongs to somebody in `portal` from now on."""
    EmailIndex.objects.get_or_create(digest=_digest(email), portal_id=portal.pk)


def forget_email(*, portal: Portal, email: str) -> None:
    """Nobody in `portal` has `email` any more."""
    EmailIndex.objects.filter(digest=_digest(email), portal_id=portal.pk).delete()


def find_portals(*, email: str) -> list[Portal]:
    """The portals in which somebody has `email`, by name. Tell them to the mailbox only, never to who asks."""
    found = Portal.objects.existing().filter(email_index__digest=_digest(email))
    return list(found.order_by("name", "id"))
