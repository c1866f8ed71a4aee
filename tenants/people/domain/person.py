"""Verbs over people: adding, profile, place, role, access."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from infra import live
from infra.audit import record
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound, WayOut
from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from infra.outbox import publish
from tenants.people.contracts import PersonDeactivated, PersonJoined, PersonReactivated, RightsChanged
from tenants.people.domain import lookup
from tenants.people.domain.access import require_can_manage, require_may_handle
from tenants.people.domain.account import make_account
from tenants.people.domain.invitation import limit_for
from tenants.people.domain.sessions import end_sessions
from tenants.people.models import Department, Role, User


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a person's page says of them. Phones in any spelling; they are stored as E.164."""

    first_name: str
    last_name: str = ""
    job_title: str = ""
    work_phone: str = ""
    work_phone_extension: str = ""
    mobile_phone: str = ""
    about: str = ""


def add_person(
    *,
    actor: Actor,
    email: str,
    role: Role,
    first_name: str,
    last_name: str = "",
    department: Department | None = None,
    password: str | None = None,
    locale: str = "",
    time_zone: str = "",
) -> User:
    """Add a person at once, without a letter; without a password they come in by "forgot password".

    Raises:
        Denied, Invalid, LimitReached, ReadOnly.
    """
    require_permission(actor, "people.person.manage", Scope.ALL)
    require_may_handle(actor, role)
    gates.require_writable()
    with transaction.atomic():
        gates.reserve(limit_for(role))
        person = make_account(
            email=email,
            role=role,
            password=password,
            email_verified=False,
            first_name=first_name,
            last_name=last_name,
            department=department,
            profile={"locale": locale, "time_zone": time_zone},
        )
        record(actor, action="people.person.add", ref=ref_of(person), changes={"role": (None, role.title)})
        publish(PersonJoined(user_id=person.id, kind=person.kind))
    return person


def edit_profile(*, actor: Actor, person: User, profile: Profile, version: int | None = None) -> User:
    """Change what the person's page says: one's own, or anybody's with the right to manage people.

    Raises:
        Denied, Invalid (per field), Conflict (`version` is not the current one), ReadOnly.
    """
    if person.id != actor.id:
        require_can_manage(actor, person)
    gates.require_writable()
    clean = _clean(profile)
    with transaction.atomic():
        locked = lock_person(person, version)
        changes = {
            name: (getattr(locked, name), value) for name, value in clean.items() if getattr(locked, name) != value
        }
        if changes:
            for name, (_old, new) in changes.items():
                setattr(locked, name, new)
            locked.save()
            record(actor, action="people.person.edit", ref=ref_of(locked), changes=changes)
            live.send("list:people.person", "record.changed", {"id": locked.id})
    return locked


def set_preferences(*, actor: User, locale: str, time_zone: str, theme: str) -> User:
    """One's own language, time zone and theme; "" follows the company. Raises Invalid (per field)."""
    wrong: dict[str, list[str]] = {}
    if locale and locale not in settings.LANGUAGES_OFFERED:
        wrong["locale"] = [_("This language is not offered.")]
    if time_zone:
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            wrong["time_zone"] = [_("There is no such time zone.")]
    if theme not in User.Theme.values:
        wrong["theme"] = [_("Choose one of the themes.")]
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        locked = lock_person(actor)
        wanted = {"locale": locale, "time_zone": time_zone, "theme": theme}
        changes = {
            name: (getattr(locked, name), value) for name, value in wanted.items() if getattr(locked, name) != value
        }
        if changes:
            for name, (_old, new) in changes.items():
                setattr(locked, name, new)
            locked.save()
            record(actor, action="people.person.preferences", ref=ref_of(locked), changes=changes)
    return locked


def place_person(*, actor: Actor, person: User, department: Department | None) -> User:
    """Move the person to another department, or to none. Raises Denied, ReadOnly."""
    require_permission(actor, "people.person.manage", Scope.ALL)
    if person.id != actor.id:
        require_may_handle(actor, person.role)
    gates.require_writable()
    with transaction.atomic():
        locked = lock_person(person)
        before = str(locked.department or "")
        if locked.department_id != (department.id if department else None):
            locked.department = department
            locked.save()
            changes = {"department": (before, str(department or ""))}
            record(actor, action="people.person.place", ref=ref_of(locked), changes=changes)
            _rights_changed(locked)
    return locked


def change_role(*, actor: Actor, person: User, role: Role) -> User:
    """Give the person another role. Between guests and others the plan's limits are asked again.

    Raises:
        Denied: no right, one's own role, or a role above the actor's.
        Conflict: the person is the last owner.
        LimitReached, ReadOnly.
    """
    require_can_manage(actor, person)
    require_may_handle(actor, role)
    gates.require_writable()
    with transaction.atomic():
        locked = _lock_beside_owners(person)
        require_can_manage(actor, locked)
        if role.base != Role.Base.OWNER:
            _require_another_owner(locked)
        if locked.is_active and limit_for(role) != limit_for(locked.role):
            gates.reserve(limit_for(role))
        before, locked.role = locked.role, role
        locked.save()
        changes = {"role": (before.title, role.title)}
        record(actor, action="people.person.role", ref=ref_of(locked), changes=changes)
        _rights_changed(locked)
    return locked


def transfer_ownership(*, actor: User, person: User) -> User:
    """Make the person an owner and oneself an administrator, in one step.

    Raises:
        Denied: the actor is no owner.
        Conflict: the person is deactivated, a guest, or oneself.
        ReadOnly
    """
    if not actor.is_owner:
        raise Denied(
            _("Only an owner can hand the portal over."),
            code="owner_only",
            way_out=WayOut(text=_("An owner can do this."), ask="owner"),
        )
    gates.require_writable()
    from tenants.people.domain.role import built_in_role

    with transaction.atomic():
        locked = _lock_beside_owners(person)
        giver = _lock_beside_owners(actor)
        if not giver.is_owner:
            raise Conflict
        if locked.id == giver.id or not locked.is_active or locked.role.is_guest:
            raise Conflict(_("Choose an active colleague who is not a guest."))
        before, locked.role = locked.role, built_in_role(Role.Base.OWNER)
        locked.save()
        giver.role = built_in_role(Role.Base.ADMINISTRATOR)
        giver.save()
        record(
            actor,
            action="people.owner.transfer",
            ref=ref_of(locked),
            changes={"role": (before.title, locked.role.title), "owner": (giver.display_name, locked.display_name)},
        )
        _rights_changed(locked, giver)
    return locked


def deactivate_person(*, actor: Actor, person: User) -> User:
    """Take all access away at once: sessions end, sockets close, tokens are refused, the seat is free. Records stay.

    Raises:
        Denied, Conflict (the last owner, or already deactivated).
    """
    require_can_manage(actor, person)
    with transaction.atomic():
        locked = _lock_beside_owners(person)
        if not locked.is_active:
            raise Conflict(_("This person is already deactivated."))
        require_can_manage(actor, locked)
        _require_another_owner(locked)
        locked.is_active = False
        locked.save()
        end_sessions(actor=actor, person=locked)
        live.disconnect(locked.id)
        lookup.forget(locked.email)
        record(actor, action="people.person.deactivate", ref=ref_of(locked), changes={"is_active": (True, False)})
        publish(PersonDeactivated(user_id=locked.id))
        live.send("list:people.person", "record.changed", {"id": locked.id})
    return locked


def reactivate_person(*, actor: Actor, person: User) -> User:
    """Give access back, with the role of before, if the plan has a free seat.

    Raises:
        Denied, Conflict (not deactivated), LimitReached, ReadOnly.
    """
    require_can_manage(actor, person)
    gates.require_writable()
    with transaction.atomic():
        locked = lock_person(person)
        if locked.is_active:
            raise Conflict(_("This person is active."))
        gates.reserve(limit_for(locked.role))
        locked.is_active = True
        locked.save()
        lookup.remember(locked)
        record(actor, action="people.person.reactivate", ref=ref_of(locked), changes={"is_active": (False, True)})
        publish(PersonReactivated(user_id=locked.id))
        live.send("list:people.person", "record.changed", {"id": locked.id})
    return locked


def lock_person(person: User, version: int | None = None) -> User:
    """The person's row, locked. Raises Conflict if `version` is given and not the current one, NotFound if gone."""
    locked: User | None = (
        User.objects.select_for_update(of=("self",)).select_related("role", "department").filter(id=person.id).first()
    )
    if locked is None:
        raise NotFound
    if version is not None and locked.version != version:
        raise Conflict
    return locked


def ref_of(person: User) -> RecordRef:
    """How others point at this person."""
    return RecordRef("people", "person", person.id)


def _lock_beside_owners(person: User) -> User:
    """Lock every owner and the person, in primary-key order, so that two owners cannot remove each other."""
    owners = User.objects.filter(role__base=Role.Base.OWNER, is_active=True).values_list("id", flat=True)
    ids = sorted({*owners, person.id})
    rows = User.objects.select_for_update(of=("self",)).select_related("role", "department").filter(id__in=ids)
    found: dict[int, User] = {row.id: row for row in rows.order_by("id")}
    if person.id not in found:
        raise NotFound
    return found[person.id]


def _require_another_owner(person: User) -> None:
    if person.is_owner and person.is_active and not User.objects.owners().exclude(id=person.id).exists():
        raise Conflict(
            _("%(name)s is the only owner.") % {"name": person.display_name},
            code="last_owner",
            way_out=WayOut(text=_("Make somebody else an owner first."), ask="owner"),
        )


def _rights_changed(*people: User) -> None:
    publish(RightsChanged(user_ids=tuple(person.id for person in people)))
    for person in people:
        live.disconnect(person.id)
        live.send("list:people.person", "record.changed", {"id": person.id})


def _clean(profile: Profile) -> dict[str, Any]:
    clean = {field.name: str(getattr(profile, field.name)).strip() for field in fields(profile)}
    for name in ("first_name", "last_name", "job_title"):  # stand in letters and lists, in one line
        clean[name] = " ".join(clean[name].split())
    wrong: dict[str, list[str]] = {}
    if not clean["first_name"]:
        wrong["first_name"] = [_("Say what to call this person.")]
    for name, value in clean.items():
        longest: int | None = getattr(User._meta.get_field(name), "max_length", None)
        if longest is not None and len(value) > longest:
            wrong[name] = [_("At most %(count)d characters.") % {"count": longest}]
    for name in ("work_phone", "mobile_phone"):
        if clean[name] and name not in wrong:
            number = _e164(clean[name])
            if number is None:
                wrong[name] = [_("This is not a phone number. Start with + and the country code.")]
            else:
                clean[name] = number
    if wrong:
        raise Invalid(fields=wrong)
    return clean


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, current_portal().region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
