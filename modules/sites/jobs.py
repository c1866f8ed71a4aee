"""What this room does when nobody looks."""

from __future__ import annotations

from infra.jobs import portal_task
from modules.sites.domain.sweeping import sweep as sweep_files


@portal_task(name="sites.sweep", queue="default")
def sweep() -> None:
    """Keep rows and stored files of this room in step. Safe to run twice."""
    sweep_files()
