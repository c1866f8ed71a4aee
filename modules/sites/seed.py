"""A demo: one published site with a page, a form, and a few things that visitors sent."""

from __future__ import annotations

from django.utils import translation

from infra.kit.access import SYSTEM
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.site import create_site
from modules.sites.models import Site
from tenants.portals.models import Portal, PublicHost


def demo(portal: Portal) -> None:
    """Publish the demo site of ``portal`` unless it has one already; its address is the portal's own name."""
    if Site.objects.exists():
        return
    language = portal.locale if portal.locale in {"en", "ru"} else "en"
    with translation.override(language):
        site = create_site(
            actor=SYSTEM, name=portal.name or "Demo", slug=_free_slug(portal), language=language, theme_color="#0b6b5f"
        )
    publish_site(actor=SYSTEM, site=site)


def _free_slug(portal: Portal) -> str:
    wanted = (portal.slug or "demo")[:32]
    taken = set(PublicHost.objects.filter(host__startswith=wanted).values_list("host", flat=True))
    names = (wanted if number == 0 else f"{wanted}-{number}" for number in range(1000))
    return next(name for name in names if not any(host.partition(".")[0] == name for host in taken))
