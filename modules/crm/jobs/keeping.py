"""What keeps the room tidy."""

from __future__ import annotations

from infra.jobs import portal_task
from modules.crm.domain import purging, recomputing


@portal_task(name="crm.purge_trash")
def purge_trash() -> None:
    """Remove records that lay in the trash for 30 days."""
    purging.purge_trash()


@portal_task(name="crm.recompute_formulas")
def recompute_formulas(kind_key: str) -> None:
    """A formula changed: bring its results up to date."""
    recomputing.recompute_formulas(kind_key)


@portal_task(name="crm.refresh_searches")
def refresh_searches(kind_key: str) -> None:
    """A field is searched, or is so no longer: find records by what is searched now."""
    recomputing.refresh_searches(kind_key)
