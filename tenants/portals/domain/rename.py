"""Changing a portal's address. Old ones go on leading to the portal until they are given up, then to nobody."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from infra.audit import record
from infra.db import changes
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, LimitReached, NotFound
from tenants.portals.domain.address import address_taken, check_address, host_of
from tenants.portals.domain.locking import lock_portal
from tenants.portals.domain.retired import retire
from tenants.portals.models import Domain, Portal, RetiredName

MOST_ADDRESSES = 3
PERMISSION = "portals.domain.manage"


def rename_address(*, actor: Actor, portal: Portal, address: str) -> Portal:
    """Answer at `<address>.<service>` from now on; the former address goes on working.

    Raises Denied, Invalid (field `address`), LimitReached when the portal holds MOST_ADDRESSES already.
    """
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        portal = lock_portal(portal)
        before = portal.slug
        slug = check_address(address, portal=portal)
        if slug == before:
            return portal
        held = Domain.objects.filter(tenant=portal, kind=Domain.Kind.ADDRESS)
        domain = held.filter(domain=host_of(slug)).first()
        if domain is None and held.count() >= MOST_ADDRESSES:
            raise LimitReached(
                _("A portal has at most %(count)d addresses. Give an old one up first.") % {"count": MOST_ADDRESSES},
                maximum=MOST_ADDRESSES,
            )
        custom_primary = Domain.objects.filter(tenant=portal, kind=Domain.Kind.CUSTOM, is_primary=True).exists()
        portal.slug = slug
        try:
            with transaction.atomic():
                portal.save(update_fields=["slug"])
                domain = domain or Domain(tenant=portal, domain=host_of(slug), is_primary=False)
                domain.is_primary = not custom_primary
                domain.save()
        except IntegrityError as error:
            raise address_taken(slug) from error
        record(actor, "portal.rename_address", changes={"address": (before, slug)})
        changes.announce(portal.schema_name)
    return portal


def give_up_address(*, actor: Actor, portal: Portal, domain_id: int) -> None:
    """Let a former address go. Nobody, this portal included, can have it again. Raises Denied, NotFound, Conflict."""
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        portal = lock_portal(portal)
        domain = Domain.objects.filter(tenant=portal, kind=Domain.Kind.ADDRESS, pk=domain_id).first()
        if domain is None:
            raise NotFound
        if domain.domain == host_of(portal.slug or ""):
            raise Conflict(_("This is the portal's address. Choose another one first."))
        domain.delete()
        retire(RetiredName.Kind.ADDRESS, domain.domain.split(".")[0])
        record(actor, "portal.give_up_address", changes={"address": (domain.domain, None)})
        changes.announce(portal.schema_name)


def make_primary(*, actor: Actor, portal: Portal, domain_id: int) -> None:
    """Build all links from this host: the address, or a proven domain. Raises Denied, NotFound."""
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        portal = lock_portal(portal)
        domain = Domain.objects.filter(tenant=portal, pk=domain_id).first()
        if domain is None:
            raise NotFound
        before = portal.host
        domain.is_primary = True
        domain.save()
        record(actor, "portal.make_primary", changes={"host": (before, domain.domain)})
        changes.announce(portal.schema_name)
