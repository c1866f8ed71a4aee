"""The public host of a site: claimed when the site is made, pointed at files when it is published."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from infra.db import changes
from infra.db.current import CurrentPortal, portal_schema
from modules.sites.models import Site
from tenants.portals.models import PublicHost

MODULE = "sites"


def host_of(site: Site) -> str:
    """The site's host name, without scheme and port."""
    return f"{site.slug}.{settings.SITES_DOMAIN}"


def address_of(site: Site) -> str:
    """The site's address as visitors type it, without a trailing slash."""
    return f"{settings.PUBLIC_SCHEME}://{host_of(site)}{settings.PUBLIC_PORT}"


def claim(site: Site, portal: CurrentPortal) -> None:
    """Take the host for this portal. Raises IntegrityError when anybody has it."""
    PublicHost.objects.create(host=host_of(site), portal_id=portal.id, module=MODULE, ref=site.pk, root="")
    changes.announce(portal_schema())


def point(site: Site, root: str) -> None:
    """Let visitors see the files under ``root`` from the commit on; an empty root takes the site away."""
    PublicHost.objects.filter(host=host_of(site)).update(root=root, published_at=timezone.now() if root else None)
    changes.announce(portal_schema())


def release(site: Site) -> None:
    """Give the host back."""
    PublicHost.objects.filter(host=host_of(site)).delete()
    changes.announce(portal_schema())
