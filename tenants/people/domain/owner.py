"""The owner of a portal: the first one, further ones, and handing ownership over."""

from __future__ import annotations

from django.db import transaction

from infra.audit import record
from infra.db.current import enter
from infra.kit.refs import RecordRef
from infra.outbox import publish
from tenants.people.contracts import PersonJoined
from tenants.people.domain.account import make_account
from tenants.people.domain.confirmation import send_confirmation
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.models import Portal


def create_owner(
    *, portal: Portal, name: str, email: str, password: str, locale: str = "", time_zone: str = "", confirm: bool = True
) -> User:
    """Make the first person of a new portal its owner, in the caller's transaction.

    ``name`` is split at its first space into first and last name. With ``confirm`` a letter asks to confirm the address
    after commit; nothing waits for it.

    Raises:
        Invalid: the name is empty, the address malformed or the password too weak.
    """
    first_name, _space, last_name = name.strip().partition(" ")
    with enter(portal), transaction.atomic():
        owner = make_account(
            email=email,
            role=built_in_role(Role.Base.OWNER),
            password=password,
            email_verified=not confirm,
            first_name=first_name,
            last_name=last_name,
            profile={"locale": locale, "time_zone": time_zone},
        )
        record(owner, action="people.person.join", ref=RecordRef("people", "person", owner.id), changes={})
        publish(PersonJoined(user_id=owner.id, kind=owner.kind))
        if confirm:
            send_confirmation(person=owner)
    return owner
