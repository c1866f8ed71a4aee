"""The public host of a site: claimed when the site is made, pointed at files when it is published."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from infra.db import changes
from infra.db.current import CurrentPortal, current_portal, portal_schema
from modules.sites.models import Site
from tenants.portals.models import PublicHost
from tenants.portals.public import address_words

MODULE = "sites"
LONGEST = 40
RESERVED = frozenset(
    ("www", "mail", "smtp", "imap", "ftp", "api", "admin", "static", "status", "support", "help", "autodiscover")
)


def host_of(site: Site) -> str:
    """The site's host name, without scheme and port."""
    return f"{site.slug}.{settings.SITES_DOMAIN}"


def shown_host(site: Site) -> str:
    """The host name under which the site is to be found: its own domain, where it has one."""
    return site.own_domain or host_of(site)


def address_of(site: Site) -> str:
    """The site's address as visitors type it, without a trailing slash."""
    return f"{settings.PUBLIC_SCHEME}://{shown_host(site)}{settings.PUBLIC_PORT}"


def language_of(site_id: int) -> str:
    """The language of a site of the entered portal."""
    return Site.objects.filter(pk=site_id).values_list("language", flat=True).first() or "en"


def suggest(name: str) -> str:
    """A free address made from the site's name, in Latin letters; "" when nothing can be made of it."""
    base = address_words(name)
    if base in RESERVED or 0 < len(base) < 3:
        base = f"{base}-site"
    names = [base, *(f"{base[: LONGEST - 3].rstrip('-')}-{number}" for number in range(2, 100))] if base else []
    wanted = {f"{slug}.{settings.SITES_DOMAIN}": slug for slug in names}
    taken = set(PublicHost.objects.filter(host__in=wanted).values_list("host", flat=True))
    return next((slug for host, slug in wanted.items() if host not in taken), "")


def claim(site: Site, portal: CurrentPortal) -> None:
    """Take the host for this portal. Raises IntegrityError when anybody has it."""
    PublicHost.objects.create(host=host_of(site), portal_id=portal.id, module=MODULE, ref=site.pk, root="")
    changes.announce(portal_schema())


def point(site: Site, root: str) -> None:
    """Let visitors see the files under ``root`` from the commit on; an empty root takes the site away."""
    _hosts_of(site).update(root=root, published_at=timezone.now() if root else None)
    changes.announce(portal_schema())


def domain_is_lost(site: Site) -> bool:
    """Whether the own domain of ``site`` shows it no longer."""
    return bool(site.own_domain) and not _hosts_of(site).filter(host=site.own_domain).exists()


def forget_lost_domain(site: Site) -> None:
    """Drop the own domain of ``site`` where it was released, or its record in the DNS is gone."""
    if domain_is_lost(site):
        site.own_domain = ""
        Site.objects.filter(pk=site.pk).update(own_domain="")


def _hosts_of(site: Site) -> QuerySet[PublicHost]:
    return PublicHost.objects.filter(portal_id=current_portal().id, module=MODULE, ref=site.pk)


def release(site: Site) -> None:
    """Give the host back."""
    _hosts_of(site).delete()
    changes.announce(portal_schema())
