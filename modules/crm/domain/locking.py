"""The one way records are locked: by primary key, in its order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from infra.kit.errors import Conflict, NotFound
from modules.crm.domain.kinds import LEAD, Kind
from modules.crm.models import Lead

_HANGING = {
    "lead": ("contact_points", "addresses"),
    "contact": ("contact_points", "addresses", "affiliations"),
    "company": ("contact_points", "addresses"),
    "deal": ("participants",),
}


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


def lock_all(kind: Kind, record_ids: Iterable[int], *, trashed: bool = False) -> dict[int, Any]:
    """Those of the records that are there, locked until commit, with the rows that hang on them."""
    joined = ["responsible", *(["stage__pipeline", "reached"] if kind.staged else [])]
    rows = kind.rows().trashed() if trashed else kind.rows().alive()
    rows = rows.select_related(*joined).select_for_update(of=("self",)).filter(pk__in=set(record_ids))
    rows = rows.defer("search").prefetch_related(*_HANGING.get(kind.key, ()))
    return {record.pk: record for record in rows.order_by("pk")}


def lock_lead(lead_id: int, version: int | None, *, trashed: bool = False) -> Lead:
    """The lead as it is now, locked until commit. Raises NotFound, Conflict."""
    return cast(Lead, lock(LEAD, lead_id, version, trashed=trashed))
