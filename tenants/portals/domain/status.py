"""What state a portal is in, and who put it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import live
from infra.audit import record
from infra.db import changes
from infra.db.current import enter, enter_public
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from infra.kit.spec import Scope
from tenants.portals.domain.locking import lock_portal
from tenants.portals.models import Portal

GRACE = timedelta(days=30)
_WORKING = (Portal.Status.TRIAL, Portal.Status.ACTIVE, Portal.Status.READ_ONLY)


@dataclass(frozen=True)
class Operator:
    """Somebody of the service, as the audit log of a company's portal names them: not one of its people."""

    display_name: str
    id: int | None = None
    is_active: bool = True

    def scope(self, permission: str) -> Scope:
        """Rights were checked in the operator's own portal."""
        return Scope.NONE

    def department_ids(self) -> frozenset[int]:
        """None."""
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        """None."""
        return frozenset()


def suspend_portal(*, actor: Actor, portal: Portal, reason: str) -> Portal:
    """Close the portal's doors: everybody sees a page with `reason`, jobs stop, nothing is removed.

    For the operator. Raises Denied, Conflict when it is suspended or closing already.
    """
    require_permission(actor, "operator.console.use")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), *_WORKING)
        return _set(portal, Portal.Status.SUSPENDED, operator(actor), "portal.suspend", note=reason, keep=True)


def resume_portal(*, actor: Actor, portal: Portal) -> Portal:
    """Open a suspended portal as it was before. For the operator. Raises Denied, Conflict."""
    require_permission(actor, "operator.console.use")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), Portal.Status.SUSPENDED)
        return _set(portal, _before(portal), operator(actor), "portal.resume")


def make_read_only(*, actor: Actor, portal: Portal, reason: str) -> Portal:
    """Let everything be read and nothing be changed. For the operator. Raises Denied, Conflict."""
    require_permission(actor, "operator.console.use")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), Portal.Status.TRIAL, Portal.Status.ACTIVE)
        return _set(portal, Portal.Status.READ_ONLY, operator(actor), "portal.make_read_only", note=reason, keep=True)


def make_writable(*, actor: Actor, portal: Portal) -> Portal:
    """End `make_read_only`. For the operator. Raises Denied, Conflict."""
    require_permission(actor, "operator.console.use")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), Portal.Status.READ_ONLY)
        return _set(portal, _before(portal), operator(actor), "portal.make_writable")


def end_trial(*, portal: Portal) -> Portal:
    """The trial is over; the portal is an ordinary one. Billing calls it. An ordinary portal stays as it is."""
    with transaction.atomic():
        portal = lock_portal(portal)
        if portal.status == Portal.Status.TRIAL:
            portal.status = Portal.Status.ACTIVE
        elif portal.resume_status == Portal.Status.TRIAL:
            portal.resume_status = Portal.Status.ACTIVE
        else:
            return portal
        with enter_public():
            portal.save(update_fields=["status", "resume_status"])
        changes.announce(portal.schema_name)
        return portal


def close_portal(*, actor: Actor, portal: Portal, confirmation: str) -> Portal:
    """Begin the end of a portal: after GRACE it is erased, until then the owner may take it back.

    `confirmation` is the portal's address, typed by hand. Raises Denied, Invalid (field `confirmation`), Conflict.
    """
    require_permission(actor, "portals.portal.close")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), *_WORKING)
        if confirmation.strip().lower() != portal.slug:
            raise Invalid(fields={"confirmation": [_("Type the portal's address to confirm: %s") % portal.slug]})
        portal.erase_after = timezone.now() + GRACE
        return _set(portal, Portal.Status.CLOSING, actor, "portal.close", keep=True)


def keep_portal(*, actor: Actor, portal: Portal) -> Portal:
    """Take `close_portal` back while the portal is still there. Raises Denied, Conflict once its day has come."""
    require_permission(actor, "portals.portal.close")
    with transaction.atomic():
        portal = _expect(lock_portal(portal), Portal.Status.CLOSING)
        if portal.erase_after is None or portal.erase_after <= timezone.now():
            raise Conflict(_("The portal is being erased; this cannot be stopped any more."))
        portal.erase_after = None
        return _set(portal, _before(portal), actor, "portal.keep")


def _before(portal: Portal) -> str:
    return portal.resume_status or Portal.Status.ACTIVE


def operator(actor: Actor) -> Operator:
    """`actor`, one of the operator's people, as the log of a company's portal names them."""
    return Operator(_("%(name)s (the service)") % {"name": actor.display_name})


def _expect(portal: Portal, *statuses: str) -> Portal:
    if portal.status not in statuses:
        raise Conflict(_("The portal is “%(status)s” now.") % {"status": portal.get_status_display()})
    return portal


def _set(portal: Portal, status: str, actor: Actor, action: str, *, note: str = "", keep: bool = False) -> Portal:
    before = portal.status
    portal.resume_status = before if keep else ""
    portal.status, portal.status_note = status, note[:300]
    with enter_public():
        portal.save(update_fields=["status", "status_note", "resume_status", "erase_after"])
    with enter(portal):
        record(actor, action, changes={"status": (before, str(status))}, note=note)
        if status not in _WORKING:
            live.disconnect_all()
    changes.announce(portal.schema_name)
    return portal
