"""Rows and stored objects kept in step, both ways (promise 47)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from modules.sites.domain.publishing import remove_old_versions
from modules.sites.models import Asset, Form, Publication, Site, SubmissionFile

#: Younger objects may belong to a publishing that has not committed yet.
GRACE = timedelta(hours=24)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """Objects without a row that were removed, rows without an object (logged), old versions removed."""

    orphans: int
    missing: int
    versions: int


def sweep() -> Swept:
    """Remove objects that no row names, log rows whose object is gone, and drop files of old versions."""
    versions = sum(remove_old_versions(site) for site in Site.objects.select_related("publication"))
    storage = get_storage()
    assets = dict(Asset.objects.values_list("key", "size"))
    for forms in Asset.objects.exclude(sizes=[]).values_list("sizes", flat=True).iterator():
        assets.update((form["key"], form["size"]) for form in forms)
    assets.update(SubmissionFile.objects.values_list("key", "size"))
    assets.update(Form.objects.exclude(file_key="").values_list("file_key", "file_size"))
    roots = set(Publication.objects.exclude(root="").values_list("root", flat=True))
    handed = {
        design.get("file_key")
        for forms in Publication.objects.exclude(root="").values_list("forms", flat=True).iterator()
        for design in forms.values()
    }
    seen: set[str] = set()
    orphans = 0
    young = timezone.now() - GRACE
    for stat in storage.iterate(portal_key("sites")):
        root = stat.key.rpartition("/")[0]
        if root in roots:
            seen.add(root)
        elif stat.key in assets:
            if stat.size == assets[stat.key]:
                seen.add(stat.key)
        elif stat.modified < young and stat.key not in handed:
            storage.delete(stat.key)
            orphans += 1
    missing = (roots | assets.keys()) - seen
    for key in sorted(missing):
        _log.error("sites.object_missing", key=key)
    return Swept(orphans=orphans, missing=len(missing), versions=versions)
