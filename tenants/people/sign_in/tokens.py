"""Tokens in letters and tickets, each bound to the portal it was made in (promise 6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing

from infra.db.current import portal_schema
from infra.kit.errors import NotFound
from tenants.people.models import User

TICKET_GOOD_FOR = timedelta(minutes=5)


class PortalTokenGenerator(PasswordResetTokenGenerator):
    """Reset links: good once (password and address are hashed in), for PASSWORD_RESET_TIMEOUT, in one portal."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{portal_schema()}|{super()._make_hash_value(user, timestamp)}"


def issue_entry_ticket(person: User) -> str:
    """A ticket by which the fresh owner walks from the registration page into their portal, signed in.

    Good for five minutes, only for who has never signed in, so only once.
    """
    return signing.dumps({"portal": portal_schema(), "person": person.pk}, salt="people.entry", compress=True)


def redeem_entry_ticket(ticket: str) -> User:
    """The person of a good ticket of this portal. The row stays locked until the caller has signed them in.

    Raises:
        NotFound: spent, expired, forged, or of another portal.
        TransactionManagementError: outside a transaction.
    """
    try:
        claims = signing.loads(ticket, salt="people.entry", max_age=TICKET_GOOD_FOR)
    except signing.BadSignature:
        raise NotFound from None
    if claims["portal"] != portal_schema():
        raise NotFound
    people = User.objects.select_for_update(of=("self",)).select_related("role")
    person: User | None = people.filter(pk=claims["person"], is_active=True, last_login=None).first()
    if person is None:
        raise NotFound
    return person
