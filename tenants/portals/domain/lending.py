"""Proven domains that show something published instead of the portal: a company's site at its own address."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from infra.db import changes
from infra.db.current import current_portal
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, NotFound
from tenants.portals.domain.custom_domain import PERMISSION
from tenants.portals.domain.locking import lock_portal
from tenants.portals.models import Domain, DomainClaim, Portal, PublicHost


def lendable_domains() -> list[str]:
    """The proven domains of the entered portal that people do not need to reach it, and that show nothing else yet."""
    rows = Domain.objects.filter(tenant_id=current_portal().id, kind=Domain.Kind.CUSTOM, is_primary=False)
    return list(rows.order_by("domain").values_list("domain", flat=True))


def lend_domain(*, actor: Actor, domain: str, module: str, ref: int, root: str) -> None:
    """Let a proven domain of the entered portal show what ``module`` published as ``ref`` under ``root``.

    Raises Denied, NotFound where it is not proven or shows something else, Conflict for the portal's main address.
    """
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        portal = lock_portal(Portal.objects.get(pk=current_portal().id))
        row = Domain.objects.filter(tenant=portal, domain=domain, kind=Domain.Kind.CUSTOM).first()
        proven = DomainClaim.objects.filter(portal=portal, domain=domain, proven_at__isnull=False)
        if row is None or not proven.exists():
            raise NotFound
        if row.is_primary:
            raise Conflict(_("People sign in at this address. Make another one the main address first."))
        row.delete()
        PublicHost.objects.create(host=domain, portal=portal, module=module, ref=ref, root=root)
        changes.announce(portal.schema_name)


def take_back_domain(*, actor: Actor, domain: str) -> None:
    """Let a lent domain lead to the portal again; nothing happens where it is not lent any more. Raises Denied."""
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        portal = lock_portal(Portal.objects.get(pk=current_portal().id))
        lent, _rows = PublicHost.objects.filter(portal=portal, host=domain).delete()
        if lent and DomainClaim.objects.filter(portal=portal, domain=domain, proven_at__isnull=False).exists():
            Domain(tenant=portal, domain=domain, kind=Domain.Kind.CUSTOM, is_primary=False).save(force_insert=True)
        changes.announce(portal.schema_name)
