"""Stored objects and the rows that name them kept in step, both ways (promise 47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from modules.crm.models import File, Import, Letterhead, Product

# Younger objects may belong to an upload that has not committed yet.
GRACE = timedelta(hours=24)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """Objects without a row that were removed, and rows without their object (logged)."""

    orphans: int
    missing: int


def sweep() -> Swept:
    """Remove objects that no row names, as a worker that was lost in the middle of an upload leaves them; log rows
    whose object is gone."""
    storage, young, orphans = get_storage(), timezone.now() - GRACE, 0
    named = set(_named())
    seen: set[str] = set()
    for stat in storage.iterate(portal_key("crm")):
        if stat.key in named:
            seen.add(stat.key)
        elif stat.modified < young:
            storage.delete(stat.key)
            orphans += 1
    missing = named - seen
    for key in sorted(missing):
        _log.error("crm.object_missing", key=key)
    return Swept(orphans=orphans, missing=len(missing))


def _named() -> Iterator[str]:
    """Keys of all objects that rows name."""
    for key in File.objects.values_list("key", flat=True).iterator():
        yield portal_key(f"crm/files/{key}")
    for key in Import.objects.exclude(key="").values_list("key", flat=True).iterator():
        yield portal_key(f"crm/imports/{key}")
    for key in Product.objects.exclude(picture_key="").values_list("picture_key", flat=True).iterator():
        yield portal_key(f"crm/products/{key}.png")
    for keys in Letterhead.objects.values_list("logo_key", "signature_key", "stamp_key").iterator():
        for key in filter(None, keys):
            yield portal_key(f"crm/letterheads/{key}.png")
