"""What this room does when nobody looks."""

from __future__ import annotations

from infra.jobs import portal_task
from modules.sites.domain.counting import forget_old, write_down
from modules.sites.domain.sweeping import sweep as sweep_files


@portal_task(name="sites.count", queue="default")
def count() -> None:
    """Write down how often pages were seen. Safe to run twice."""
    write_down()


@portal_task(name="sites.sweep", queue="default")
def sweep() -> None:
    """Keep rows and stored files of this room in step. Safe to run twice."""
    sweep_files()
    forget_old()
