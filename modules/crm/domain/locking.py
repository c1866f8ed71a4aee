"""The one way leads are locked: by primary key, in its order."""

from __future__ import annotations

from infra.kit.errors import Conflict, NotFound
from modules.crm.models import Lead


def lock_lead(lead_id: int, version: int | None, *, trashed: bool = False) -> Lead:
    """The lead as it is now, locked until commit. Raises NotFound, Conflict when `version` is not the current one."""
    rows = Lead.objects.trashed() if trashed else Lead.objects.alive()
    lead = rows.select_related("stage", "responsible").select_for_update(of=("self",)).filter(pk=lead_id).first()
    if lead is None:
        raise NotFound
    if version is not None and version != lead.version:
        raise Conflict(current_version=lead.version)
    return lead
