"""Imports in the background."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from infra.jobs import job_task, portal_task
from infra.jobs.domain.running import JobRun

KEPT, DRAFTS_KEPT = timedelta(days=30), timedelta(days=2)


@job_task(name="crm.import_rows", resumable=True)
def import_rows(run: JobRun, import_id: int) -> str:
    """Write the rows of an import."""
    from modules.crm.domain.importing.running import run_import

    return run_import(run, import_id)


@job_task(name="crm.undo_import", resumable=True)
def undo_import(run: JobRun, import_id: int) -> str:
    """Take an import back."""
    from modules.crm.domain.importing.undo import run_undo

    return run_undo(run, import_id)


@portal_task(name="crm.forget_imports")
def forget_imports() -> None:
    """Remove files that were never started after two days, and what is kept of an import after 30."""
    from modules.crm.domain.importing.imports import forget_file
    from modules.crm.models import Import

    now = timezone.now()
    old = Import.objects.filter(created_at__lt=now - KEPT)
    drafts = Import.objects.filter(state=Import.State.DRAFT, created_at__lt=now - DRAFTS_KEPT)
    for made in [*old.order_by("pk")[:200], *drafts.order_by("pk")[:200]]:
        with transaction.atomic():
            forget_file(made)
            made.rows.all()._raw_delete(made.rows.db)
            Import.objects.filter(pk=made.pk).delete()
