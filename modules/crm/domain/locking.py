"""The one way records are locked: by primary key, in its order."""

from __future__ import annotations

from typing import Any, cast

from infra.kit.errors import Conflict, NotFound
from modules.crm.domain.kinds import LEAD, Kind
from modules.crm.models import Lead


def lock(kind: Kind, record_id: int, version: int | None, *, trashed: bool = False) -> Any:
    """The record as it is now, locked until commit. Raises NotFound, Conflict when `version` is not the current one."""
    rows = kind.rows().trashed() if trashed else kind.rows().alive()
    joined = ["responsible", *(["stage__pipeline"] if kind.staged else [])]
    record = rows.select_related(*joined).select_for_update(of=("self",)).filter(pk=record_id).first()
    if record is None:
        raise NotFound
    if version is not None and version != record.version:
        raise Conflict(current_version=record.version)
    return record


def lock_lead(lead_id: int, version: int | None, *, trashed: bool = False) -> Lead:
    """The lead as it is now, locked until commit. Raises NotFound, Conflict."""
    return cast(Lead, lock(LEAD, lead_id, version, trashed=trashed))
