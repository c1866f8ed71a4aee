"""What is done with files when nobody looks."""

from infra.files.sweeping import sweep
from infra.jobs import portal_task


@portal_task(name="files.sweep", queue="default")
def sweep_files() -> None:
    """Keep stored files and the rows that name them in step. Safe to run twice."""
    sweep()
