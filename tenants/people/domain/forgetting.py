"""Forgetting a person who left (GDPR, article 17): asked for by who manages people, done in every room at once."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Invalid, WayOut
from tenants.people.domain.access import require_can_manage
from tenants.people.domain.handover import owned_by
from tenants.people.domain.person import lock_person, ref_of
from tenants.people.models import User
from tenants.people.models.user import normal_email
from tenants.portals.domain import erasures


def forget_person(*, actor: Actor, person: User, confirmation: str) -> User:
    """Remove what names a deactivated person, for good; what they did stays, under a number.

    `confirmation` is the person's address, typed. A later restore of a backup forgets them again.

    Raises:
        Denied: no right over this person.
        Conflict: still active, already forgotten, or still responsible for records.
        Invalid: the address is another one. ReadOnly
    """
    require_can_manage(actor, person)
    gates.require_writable()
    with transaction.atomic():
        locked = lock_person(person)
        require_can_manage(actor, locked)
        if locked.is_active:
            raise Conflict(
                _("%(name)s can still sign in.") % {"name": locked.display_name},
                code="person_active",
                way_out=WayOut(text=_("Deactivate the person first."), ask="administrator"),
            )
        if held := owned_by(locked):
            raise Conflict(
                _("%(name)s is still responsible for records: %(records)s.")
                % {
                    "name": locked.display_name,
                    "records": ", ".join(f"{str(owned.title).lower()} {owned.count}" for owned in held),
                },
                code="person_responsible",
                way_out=WayOut(text=_("Hand the records over first."), ask="administrator"),
            )
        if normal_email(confirmation) != locked.email:
            raise Invalid(fields={"confirmation": [_("Type the e-mail address of the person.")]})
        erasures.forget_person(locked.pk)
        record(actor, action="people.person.forget", ref=ref_of(locked))
    person.refresh_from_db()
    return person
