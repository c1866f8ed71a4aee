"""Are there backups, and do they come back? What was last seen to work, and since when."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import datetime, timedelta

import structlog
from django.db.models import Max
from django.utils import timezone

from infra.db.owner import owner_connection
from infra.kit.errors import Conflict
from tenants.portals.domain.export import MANIFEST, export_schema
from tenants.portals.domain.restore import load_rows
from tenants.portals.domain.spares import new_schema_name
from tenants.portals.migrating.dump import schema_sql
from tenants.portals.models import Backup, MigrationState, Portal, SchemaRelease

_log = structlog.get_logger(__name__)
PROVEN_AT_ONCE = 5
# A base backup a day and a trial restore a week, each with some hours to be late.
LONGEST = {Backup.Kind.BASE: timedelta(hours=26), Backup.Kind.PROOF: timedelta(days=8)}


class _Enough(Exception):
    """Takes the scratch schema back."""


def report_backup(*, kind: str, good: bool, note: str = "") -> Backup:
    """Write down how a run ended; the scripts of infra/deploy/backup call it through `manage.py report_backup`."""
    made = Backup.objects.create(kind=Backup.Kind(kind), good=good, note=note[:500])
    if not good:
        _log.error("portals.backup_failed", kind=kind, note=note)
    return made


def last_good() -> dict[str, datetime | None]:
    """When each kind last went well; None for never."""
    found = dict(Backup.objects.filter(good=True).values_list("kind").annotate(Max("at")))
    return {kind.value: found.get(kind.value) for kind in Backup.Kind}


def overdue(now: datetime | None = None) -> list[str]:
    """The kinds that went well too long ago, or never."""
    now = now or timezone.now()
    return [kind for kind, at in last_good().items() if at is None or now - at > LONGEST[Backup.Kind(kind)]]


def prove_archives(count: int = PROVEN_AT_ONCE) -> Backup:
    """Archive some portals, chosen by chance, restore each into a scratch schema, and compare checksums.

    Nothing stays of it, and nobody notices. Answers the report, which is bad as soon as one came back different.
    """
    schemas = list(Portal.objects.existing().values_list("schema_name", flat=True).order_by("?")[:count])
    failures = []
    for schema in schemas:
        try:
            prove_archive(schema)
        except Exception as error:
            _log.exception("portals.proof_failed", portal=schema)
            failures.append(f"{schema}: {error}")
    note = "; ".join(failures) or f"{len(schemas)} portals"
    return report_backup(kind=Backup.Kind.PROOF, good=not failures, note=note)


def prove_archive(schema: str) -> None:
    """Archive `schema` and restore it beside itself, in a transaction that is taken back. Raises Conflict."""
    with tempfile.TemporaryFile() as file:
        export_schema(schema, file, whole=True)
        release = SchemaRelease.objects.get(pk=MigrationState.objects.get(pk=schema).fingerprint)
        scratch = new_schema_name()
        try:
            with zipfile.ZipFile(file) as archive, owner_connection() as raw:
                if damaged := archive.testzip():
                    raise Conflict(f"{damaged} is damaged")
                raw.execute(schema_sql(release.dump, scratch).encode())
                manifest = json.loads(archive.read(MANIFEST))
                load_rows(raw, scratch, archive, manifest)
                raise _Enough
        except _Enough:
            return
