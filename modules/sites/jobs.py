"""What this room does when nobody looks."""

from __future__ import annotations

from infra.jobs import portal_task
from modules.sites.domain.counting import forget_old, write_down
from modules.sites.domain.images import make_sizes
from modules.sites.domain.publishing import publish_due, remove_old_versions
from modules.sites.models import Site


@portal_task(name="sites.make_sizes", queue="default")
def make_image_sizes(asset_id: int) -> None:
    """Make the lighter forms of an uploaded image."""
    make_sizes(asset_id)


@portal_task(name="sites.publish_due", queue="default")
def publish_planned() -> None:
    """Publish what was planned for now."""
    publish_due()


@portal_task(name="sites.count", queue="default")
def count() -> None:
    """Write down how often pages were seen. Safe to run twice."""
    write_down()


@portal_task(name="sites.sweep", queue="default")
def sweep() -> None:
    """Let old versions and old counts go. Safe to run twice."""
    for site in Site.objects.select_related("publication"):
        remove_old_versions(site)
    forget_old()
