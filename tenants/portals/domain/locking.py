"""Taking a portal's row for a change."""

from __future__ import annotations

from infra.kit.errors import NotFound
from tenants.portals.models import Portal


def lock_portal(portal: Portal) -> Portal:
    """The portal's row as it is now, locked until commit. Raises NotFound for one that has been erased."""
    locked = Portal.objects.existing().select_for_update().filter(pk=portal.pk).first()
    if locked is None:
        raise NotFound
    return locked
