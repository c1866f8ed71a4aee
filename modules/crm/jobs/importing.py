"""Imports, and the search for duplicates, in the background."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from infra import jobs
from infra.jobs import job_task, portal_task
from infra.jobs.domain.running import JobRun
from infra.kit.access import SYSTEM
from modules.crm.domain.importing.imports import forget_file
from modules.crm.domain.importing.running import run_import
from modules.crm.domain.importing.undo import run_undo
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.pairs import SCANNED, scan
from modules.crm.models import Import

KEPT, DRAFTS_KEPT = timedelta(days=30), timedelta(days=2)


@job_task(name="crm.import_rows", resumable=True)
def import_rows(run: JobRun, import_id: int) -> str:
    """Write the rows of an import."""
    return run_import(run, import_id)


@job_task(name="crm.undo_import", resumable=True)
def undo_import(run: JobRun, import_id: int) -> str:
    """Take an import back."""
    return run_undo(run, import_id)


@job_task(name="crm.scan_duplicates", resumable=True)
def scan_duplicates(run: JobRun, kind_key: str) -> str:
    """Look for records of a kind that are there twice."""
    kind = kind_named(kind_key)
    scan(kind, run)
    return kind.url("duplicates")


@portal_task(name="crm.scan_all")
def scan_all() -> None:
    """Every night, those kinds of which anything was made or changed since."""
    since = timezone.now() - timedelta(hours=26)
    for key in SCANNED:
        if kind_named(key).rows().alive().filter(updated_at__gt=since).exists():
            jobs.start(SYSTEM, f"crm.scan_duplicates {key}", scan_duplicates, [key])


@portal_task(name="crm.forget_imports")
def forget_imports() -> None:
    """Remove files that were never started after two days, and what is kept of an import after 30."""
    now = timezone.now()
    old = Import.objects.filter(created_at__lt=now - KEPT)
    drafts = Import.objects.filter(state=Import.State.DRAFT, created_at__lt=now - DRAFTS_KEPT)
    for made in [*old.order_by("pk")[:200], *drafts.order_by("pk")[:200]]:
        with transaction.atomic():
            forget_file(made)
            made.rows.all()._raw_delete(made.rows.db)
            Import.objects.filter(pk=made.pk).delete()
