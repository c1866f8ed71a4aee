"""Verbs over invitations. A link is good once, for a time, for one address, role and department of one portal."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from infra.audit import record
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from infra.kit.refs import RecordRef
from infra.outbox import publish
from tenants.people.contracts import PersonJoined
from tenants.people.domain.access import require_may_handle
from tenants.people.domain.account import clean_email, make_account
from tenants.people.domain.letters import send_letter
from tenants.people.domain.links import portal_link
from tenants.people.models import Department, Invitation, Role, User

VALID_FOR = timedelta(days=7)
AT_ONCE = 200
_SEPARATORS = re.compile(r"[\s,;]+")
_IN_BRACKETS = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, kw_only=True)
class Invited:
    """What came of inviting: letters under way, and addresses that needed none."""

    sent: tuple[Invitation, ...]
    already_here: tuple[str, ...]
    already_invited: tuple[str, ...]


def addresses_in(text: str) -> list[str]:
    """Addresses in pasted text, in order, each once: separated by spaces, commas, semicolons or lines, or written
    `Name <address>` as mail programs do."""
    named = _IN_BRACKETS.findall(text)
    words = named if named else _SEPARATORS.split(text)
    return list(dict.fromkeys(word.strip().lower() for word in words if "@" in word))


def limit_for(role: Role) -> str:
    """The limit that a person of this role counts under."""
    return "people.guests" if role.is_guest else "people.seats"


def invite_people(
    *, actor: Actor, emails: Iterable[str], role: Role, department: Department | None = None, locale: str = ""
) -> Invited:
    """Invite every address, or none. A good invitation holds its seat, so whoever invites hears of a full plan, not
    the person invited.

    Raises:
        Denied: no right to invite, or the role may more than the actor.
        Invalid: an address is malformed, or there are none, or more than 200.
        LimitReached: the plan has too few free seats; nobody is invited.
    """
    require_permission(actor, "people.person.invite")
    _require_invitable(actor, role)
    gates.require_writable()
    wanted = _clean_all(emails)
    with transaction.atomic():
        here = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
        _drop_expired(wanted)
        pending = set(
            Invitation.objects.filter(email__in=wanted, status=Invitation.Status.PENDING).values_list(
                "email", flat=True
            )
        )
        fresh = [email for email in wanted if email not in here and email not in pending]
        if fresh:
            gates.reserve(limit_for(role), len(fresh))
        sent = tuple(_send_new(actor, email, role, department, locale) for email in fresh)
    return Invited(
        sent=sent,
        already_here=tuple(email for email in wanted if email in here),
        already_invited=tuple(email for email in wanted if email in pending),
    )


def resend_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Send a new link; the older one is dead from here on. An expired invitation takes its seat again.

    Raises:
        Denied, Conflict (not waiting any more), LimitReached.
    """
    require_permission(actor, "people.person.invite")
    gates.require_writable()
    with transaction.atomic():
        locked = _lock_pending(invitation.id)
        _require_invitable(actor, locked.role)
        if locked.is_expired:
            gates.reserve(limit_for(locked.role))
        _renew_and_send(locked)
        record(actor, action="people.invitation.resend", ref=_ref(locked), changes={})
    return locked


def change_invitation(
    *, actor: Actor, invitation: Invitation, email: str, role: Role, department: Department | None
) -> Invitation:
    """Correct address, role or department; every older link is dead and a new letter goes out.

    Raises:
        Denied, Conflict (not waiting any more), Invalid (address malformed or taken), LimitReached.
    """
    require_permission(actor, "people.person.invite")
    gates.require_writable()
    address = clean_email(email)
    with transaction.atomic():
        locked = _lock_pending(invitation.id)
        _require_invitable(actor, locked.role)
        _require_invitable(actor, role)
        others = Invitation.objects.filter(email=address, status=Invitation.Status.PENDING).exclude(id=locked.id)
        if User.objects.filter(email=address).exists() or others.exists():
            raise Invalid(fields={"email": [_("This address is already here or invited.")]})
        before = {"email": locked.email, "role": locked.role.title, "department": str(locked.department or "")}
        if locked.is_expired or limit_for(role) != limit_for(locked.role):
            gates.reserve(limit_for(role))
        locked.email, locked.role, locked.department = address, role, department
        _renew_and_send(locked)
        after = {"email": address, "role": role.title, "department": str(department or "")}
        changes = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
        record(actor, action="people.invitation.change", ref=_ref(locked), changes=changes)
    return locked


def cancel_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Kill the link and free the seat. Raises Denied, Conflict (not waiting any more)."""
    require_permission(actor, "people.person.invite")
    with transaction.atomic():
        locked = _lock_pending(invitation.id)
        locked.status = Invitation.Status.CANCELLED
        locked.token_hash = ""
        locked.save()
        record(actor, action="people.invitation.cancel", ref=_ref(locked), changes={"email": (locked.email, None)})
    return locked


def invitation_by_token(token: str) -> Invitation:
    """The good invitation behind a link of this portal. Raises NotFound for every other: spent, cancelled, replaced,
    expired, of another portal, or never there."""
    invitation = (
        Invitation.objects.select_related("role", "department", "invited_by")
        .filter(token_hash=_hash(token), status=Invitation.Status.PENDING, expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None:
        raise NotFound(_("This invitation is not valid any more."), code="invitation_dead")
    return invitation


def accept_invitation(
    *, token: str, first_name: str, last_name: str, password: str, locale: str = "", time_zone: str = ""
) -> User:
    """Become a person of the portal. The address counts as confirmed: the link was read there.

    Raises:
        NotFound: the link is not good (any more).
        Invalid: name missing, password too weak.
        LimitReached: the plan has shrunk since; the invitation stays good.
        ReadOnly: the portal takes no changes now.
    """
    gates.require_writable()
    with transaction.atomic():
        found = invitation_by_token(token)
        invitation = Invitation.objects.select_for_update().get(id=found.id)
        if invitation.token_hash != _hash(token):
            raise NotFound(_("This invitation is not valid any more."), code="invitation_dead")
        role, department = found.role, found.department
        invitation.status = Invitation.Status.ACCEPTED
        invitation.token_hash = ""
        invitation.accepted_at = timezone.now()
        invitation.save()  # first, so that the seat it held is free for the person who takes it
        gates.reserve(limit_for(role))
        person = make_account(
            email=invitation.email,
            role=role,
            department=department,
            password=password,
            email_verified=True,
            first_name=first_name,
            last_name=last_name,
            profile={"locale": locale, "time_zone": time_zone},
        )
        invitation.accepted_by = person
        invitation.save()
        record(
            person,
            action="people.person.join",
            ref=RecordRef("people", "person", person.id),
            changes={"role": (None, role.title)},
        )
        publish(PersonJoined(user_id=person.id, kind=person.kind))
    return person


def _require_invitable(actor: Actor, role: Role) -> None:
    if role.base == Role.Base.OWNER:
        raise Denied(
            _("Owners are not invited. Invite the person, then make them an owner."), code="owner_by_invitation"
        )
    require_may_handle(actor, role)


def _clean_all(emails: Iterable[str]) -> list[str]:
    clean, wrong = [], []
    for email in emails:
        try:
            clean.append(clean_email(email))
        except Invalid:
            wrong.append(email)
    if wrong:
        raise Invalid(fields={"emails": [_("Not an e-mail address: %(text)s") % {"text": text} for text in wrong]})
    unique = list(dict.fromkeys(clean))
    if not unique:
        raise Invalid(fields={"emails": [_("Write at least one e-mail address.")]})
    if len(unique) > AT_ONCE:
        raise Invalid(fields={"emails": [_("At most %(count)d addresses at once.") % {"count": AT_ONCE}]})
    return unique


def _drop_expired(emails: list[str]) -> None:
    Invitation.objects.filter(
        email__in=emails, status=Invitation.Status.PENDING, expires_at__lte=timezone.now()
    ).update(status=Invitation.Status.CANCELLED, token_hash="")


def _send_new(actor: Actor, email: str, role: Role, department: Department | None, locale: str) -> Invitation:
    invitation = Invitation(
        email=email,
        role=role,
        department=department,
        locale=locale or get_language() or "",
        invited_by_id=actor.id,
    )
    _renew_and_send(invitation)
    record(
        actor,
        action="people.person.invite",
        ref=_ref(invitation),
        changes={"email": (None, email), "role": (None, role.title)},
    )
    return invitation


def _renew_and_send(invitation: Invitation) -> None:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = _hash(token)
    invitation.sent_at = timezone.now()
    invitation.expires_at = invitation.sent_at + VALID_FOR
    invitation.save()
    send_letter(
        "people/letters/invitation",
        to=invitation.email,
        locale=invitation.locale,
        context={
            "invitation": invitation,
            "portal": current_portal(),
            "url": portal_link("people_accept_invitation", token),
            "days": VALID_FOR.days,
        },
    )


def _lock_pending(invitation_id: int) -> Invitation:
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("role", "department")
        .filter(id=invitation_id, status=Invitation.Status.PENDING)
        .first()
    )
    if invitation is None:
        raise Conflict(_("This invitation was already accepted or cancelled."))
    return invitation


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _ref(invitation: Invitation) -> RecordRef:
    return RecordRef("people", "invitation", invitation.id)
