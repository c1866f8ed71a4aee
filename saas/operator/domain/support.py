"""Support access: an owner lets the operator's people in, for a time and a reason, and can end it at any moment.

Without an open access nobody of the operator can enter a company's portal (promise 17).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis import RedisError

from infra import audit, live
from infra.db.current import current_portal, enter, portal_schema
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound, Unavailable
from infra.ui.notifications import notify
from saas.operator.models import SupportAccess
from tenants.people.models import User
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

CONSOLE = "operator.console.use"
GRANT = "operator.support.grant"
HOURS = (1, 4, 24, 72)
TICKET_GOOD_FOR = 60  # seconds
_TICKET = "operator.support"


@transaction.atomic
def ask_for_access(*, actor: Actor, portal: Portal, reason: str) -> SupportAccess:
    """The operator asks the owners of `portal` to be let in. Raises Denied, Invalid, Conflict (asked already)."""
    require_permission(actor, CONSOLE)
    reason = _reason(reason)
    Portal.objects.select_for_update().get(pk=portal.pk)
    if SupportAccess.objects.filter(portal=portal, state=SupportAccess.State.ASKED).exists():
        raise Conflict(_("You have asked already; the owner has not answered yet."), code="support_asked")
    access = SupportAccess.objects.create(
        portal=portal, reason=reason, state=SupportAccess.State.ASKED, asked_by=actor.display_name
    )
    with enter(portal):
        audit.record(Operator(actor.display_name), action="support.ask", note=reason)
        notify(
            person_ids=list(User.objects.owners().values_list("id", flat=True)),
            text=format_lazy(gettext_lazy("Support asks to be let in: {reason}"), reason=reason),
            url="/settings/support/",
            icon="lifebuoy",
        )
    return access


@transaction.atomic
def let_in(*, actor: User, hours: int, reason: str = "", access_id: int | None = None) -> SupportAccess:
    """An owner opens the portal to support for `hours`, answering a request or unasked.

    Raises Denied, Invalid (field `hours` or `reason`), NotFound, Conflict when the request is answered already.
    """
    require_permission(actor, GRANT)
    if hours not in HOURS:
        raise Invalid(fields={"hours": [_("Choose how long.")]})
    portal = current_portal()
    if access_id is None:
        access = SupportAccess(portal_id=portal.id, reason=_reason(reason))
    else:
        access = _locked(portal.id, access_id)
        if access.state != SupportAccess.State.ASKED:
            raise Conflict
    access.state = SupportAccess.State.OPEN
    access.granted_by = actor.pk
    access.expires_at = datetime.now(UTC) + timedelta(hours=hours)
    access.save()
    audit.record(
        actor, action="support.grant", changes={"until": (None, access.expires_at.isoformat())}, note=access.reason
    )
    return access


@transaction.atomic
def refuse(*, actor: User, access_id: int) -> None:
    """An owner says no to a request. Raises Denied, NotFound, Conflict."""
    require_permission(actor, GRANT)
    access = _locked(current_portal().id, access_id)
    if access.state != SupportAccess.State.ASKED:
        raise Conflict
    access.state, access.ended_at = SupportAccess.State.REFUSED, datetime.now(UTC)
    access.save()
    audit.record(actor, action="support.refuse", note=access.reason)


@transaction.atomic
def revoke(*, actor: User, access_id: int) -> None:
    """End an access now; who is inside is out with the next click. Raises Denied, NotFound."""
    require_permission(actor, GRANT)
    access = _locked(current_portal().id, access_id)
    if access.state == SupportAccess.State.OPEN:
        access.state, access.ended_at = SupportAccess.State.ENDED, datetime.now(UTC)
        access.save()
        audit.record(actor, action="support.revoke", note=access.reason)
        if access.granted_by is not None:
            live.disconnect(access.granted_by)


@contextmanager
def unnoticed(owner: User) -> Iterator[None]:
    """Let a support session begin in here without moving the owner's own last sign-in."""
    last_login = owner.last_login
    yield
    User.objects.filter(pk=owner.pk).update(last_login=last_login)


def open_access(portal_id: int) -> SupportAccess | None:
    """The access by which support may enter the portal now, None without one."""
    return SupportAccess.objects.filter(
        portal_id=portal_id, state=SupportAccess.State.OPEN, expires_at__gt=datetime.now(UTC)
    ).first()


def accesses(portal_id: int) -> list[SupportAccess]:
    """What was asked, given and ended in this portal, newest first."""
    return list(SupportAccess.objects.filter(portal_id=portal_id)[:50])


def issue_ticket(*, actor: Actor, portal: Portal) -> str:
    """A ticket that lets `actor` into `portal` once within a minute. Raises Denied, NotFound without an open access."""
    require_permission(actor, CONSOLE)
    access = open_access(portal.pk)
    if access is None:
        raise NotFound
    claims = {
        "portal": portal.schema_name,
        "access": access.pk,
        "name": actor.display_name,
        "once": secrets.token_hex(12),
    }
    return signing.dumps(claims, salt=_TICKET)


def redeem_ticket(ticket: str) -> tuple[SupportAccess, User, str]:
    """The open access, the owner through whose account support looks, and the name of who comes.

    Raises NotFound for a ticket that is forged, old, used, of another portal, or whose access has ended; Unavailable
    while it cannot be known whether it was used.
    """
    try:
        claims = signing.loads(ticket, salt=_TICKET, max_age=TICKET_GOOD_FOR)
    except signing.BadSignature:
        raise NotFound from None
    if claims["portal"] != portal_schema():
        raise NotFound
    try:
        first = cache.add(f"support-ticket:{claims['once']}", True, 2 * TICKET_GOOD_FOR)
    except RedisError as error:
        raise Unavailable from error
    access = SupportAccess.objects.filter(pk=claims["access"], portal_id=current_portal().id).first()
    if not first or access is None or not access.is_open:
        raise NotFound
    owner = User.objects.owners().filter(pk=access.granted_by).first()
    if owner is None:
        raise NotFound
    with transaction.atomic():
        audit.record(Operator(claims["name"]), action="support.enter", note=access.reason)
    return access, owner, claims["name"]


def _locked(portal_id: int, access_id: int) -> SupportAccess:
    access = SupportAccess.objects.select_for_update().filter(pk=access_id, portal_id=portal_id).first()
    if access is None:
        raise NotFound
    return access


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:500]
    if not reason:
        raise Invalid(fields={"reason": [_("Say what for.")]})
    return reason
