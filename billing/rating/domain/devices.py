"""SIP users: a random secret a device, its digests for the switch, and the lockout."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from billing.rating.models import SipUser
from infra import audit
from infra.db.current import current_portal
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.refs import RecordRef
from tenants.people.models import User
from tenants.portals.models import Portal

MANAGE = "rating.device.manage"
FAILURES = 5
LOCKED = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """A device with the secret it was given: shown once, kept nowhere."""

    device: SipUser
    secret: str


def add_device(*, actor: Actor, label: str, person_id: int | None = None) -> NewSecret:
    """A SIP user of the entered portal with a random name and a random secret of 160 bits. Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if not label.strip():
        raise Invalid(fields={"label": [_("Give the device a name.")]})
    portal = current_portal()
    realm = f"sip.{settings.BASE_DOMAIN}"
    device = SipUser(
        portal_id=portal.id,
        username=f"d{secrets.token_hex(6)}",
        realm=realm,
        label=label.strip()[:120],
        person_id=person_id,
        department_id=department_of(person_id),
    )
    return _with_secret(actor, device, "rating.device.add")


def department_of(person_id: int | None) -> int | None:
    """The department of a person of the entered portal."""
    return User.objects.filter(pk=person_id).values_list("department_id", flat=True).first() if person_id else None


def follow_people(person_ids: Sequence[int]) -> None:
    """Let telephones of these people of the entered portal use the caps of the departments they are in now."""
    for device in SipUser.objects.filter(portal_id=current_portal().id, person_id__in=list(person_ids)):
        SipUser.objects.filter(pk=device.pk).update(department_id=department_of(device.person_id))


def new_secret(*, actor: Actor, device_id: int) -> NewSecret:
    """Another secret; the old one ends at once. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    return _with_secret(actor, device_by_id(device_id), "rating.device.secret")


@transaction.atomic
def _with_secret(actor: Actor, device: SipUser, action: str) -> NewSecret:
    secret = secrets.token_urlsafe(20)
    text = f"{device.username}:{device.realm}:{secret}".encode()
    device.ha1_md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
    device.ha1_sha256 = hashlib.sha256(text).hexdigest()
    device.failures, device.locked_until = 0, None
    device.save()
    audit.record(actor, action=action, ref=RecordRef("rating", "device", device.pk), note=device.label)
    return NewSecret(device=device, secret=secret)


@transaction.atomic
def switch_device(*, actor: Actor, device_id: int, enabled: bool) -> SipUser:
    """Let a device in or keep it out; switching on also ends its lockout. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    device = device_by_id(device_id)
    device.enabled = enabled
    if enabled:
        device.failures, device.locked_until = 0, None
    device.save(update_fields=["enabled", "failures", "locked_until"])
    audit.record(
        actor,
        action="rating.device.on" if enabled else "rating.device.off",
        ref=RecordRef("rating", "device", device.pk),
        note=device.label,
    )
    return device


def device_by_id(device_id: int) -> SipUser:
    """A device of the entered portal. Raises NotFound."""
    device = SipUser.objects.filter(pk=device_id, portal_id=current_portal().id).first()
    if device is None:
        raise NotFound
    return device


def devices() -> list[SipUser]:
    """The entered portal's devices."""
    return list(SipUser.objects.filter(portal_id=current_portal().id))


def by_username(username: str) -> SipUser | None:
    """The device of that name with its portal, whichever that is; for the switch, who asks it for every call."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_USERNAME, [username])
        row = cursor.fetchone()
    if row is None:
        return None
    device = SipUser.from_db("default", _names(SipUser), row[: len(_names(SipUser))])
    device.portal = Portal.from_db("default", _names(Portal), row[len(_names(SipUser)) :])
    return device


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


_COLUMNS = ", ".join([*(f"u.{name}" for name in _names(SipUser)), *(f"p.{name}" for name in _names(Portal))])
_BY_USERNAME = (
    f"SELECT {_COLUMNS} FROM public.rating_sipuser u"  # noqa: S608 - our own
    " JOIN public.portals_portal p ON p.id = u.portal_id WHERE u.username = %s"
)


def digest_of(*, username: str, now: datetime | None = None) -> SipUser:
    """The device whose digest the switch may check now. Raises NotFound where it is unknown, off or locked."""
    moment = now or datetime.now(UTC)
    device = by_username(username)
    if device is None or not device.enabled or (device.locked_until is not None and device.locked_until > moment):
        raise NotFound
    return device


@transaction.atomic
def report(*, username: str, succeeded: bool, now: datetime | None = None) -> SipUser | None:
    """The switch says how a registration went: FAILURES wrong secrets in a row lock the device for LOCKED."""
    moment = now or datetime.now(UTC)
    device = SipUser.objects.select_for_update().filter(username=username).first()
    if device is None:
        return None
    if succeeded:
        device.failures, device.locked_until = 0, None
    else:
        recent = device.failed_at is not None and device.failed_at > moment - LOCKED
        device.failures, device.failed_at = (device.failures if recent else 0) + 1, moment
        if device.failures >= FAILURES:
            device.locked_until, device.failures = moment + LOCKED, 0
    device.save(update_fields=["failures", "failed_at", "locked_until"])
    return device
