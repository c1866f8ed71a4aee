"""Work of the interface outside of requests."""

from __future__ import annotations

from infra.jobs import job_task, portal_task
from infra.jobs.domain.running import JobRun
from infra.ui.lists import background


@job_task(name="ui.export_list")
def export_list(run: JobRun, path: str, query: str, language: str, zone: str) -> str:
    """A large export of a list."""
    return background.export_list(run, path, query, language, zone)


@portal_task(name="ui.forget_exports")
def forget_exports() -> None:
    """Remove old files of exports."""
    background.forget_old()
