"""The letter that asks to confirm an address. Nothing waits for the answer."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmation
from django.utils import timezone

from tenants.people.domain.letters import send_letter
from tenants.people.domain.links import portal_link
from tenants.people.models import User


def send_confirmation(*, person: User) -> bool:
    """Queue the letter for the person's unconfirmed address; False if there is nothing to confirm.

    The key is a random one kept in the portal's own schema, so it means nothing on another portal.
    """
    address = EmailAddress.objects.filter(user=person, email=person.email, verified=False).first()
    if address is None:
        return False
    confirmation = EmailConfirmation.create(address)
    confirmation.sent = timezone.now()
    confirmation.save()
    send_letter(
        "people/letters/confirm_email",
        to=address.email,
        locale=person.locale,
        context={"person": person, "url": portal_link("account_confirm_email", confirmation.key)},
    )
    return True
