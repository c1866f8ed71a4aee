"""A site at a domain of the company's own, proven by its TXT record like every other (promise 15)."""

from __future__ import annotations

from django.db import transaction

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from modules.sites.domain.access import MANAGE, ref_of
from modules.sites.domain.hosts import MODULE
from modules.sites.models import Site
from tenants.portals.public import lend_domain, take_back_domain


def set_domain(*, actor: Actor, site: Site, domain: str) -> None:
    """Show ``site`` at ``domain`` too ("" for no more); pages name it as their address from the next publishing on.

    Raises Denied, ReadOnly, NotFound where the domain is not the company's or shows something else, Conflict where
    people sign in there.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = Site.objects.select_for_update(of=("self",)).select_related("publication").get(pk=site.pk)
        before = locked.own_domain
        if before == domain:
            return
        if before:
            take_back_domain(actor=actor, domain=before)
        if domain:
            root = locked.publication.root if locked.publication else ""
            lend_domain(actor=actor, domain=domain, module=MODULE, ref=locked.pk, root=root)
        locked.own_domain = domain
        locked.save()
        audit.record(
            actor, action="site.domain", ref=ref_of(locked), changes={"domain": (before or None, domain or None)}
        )
