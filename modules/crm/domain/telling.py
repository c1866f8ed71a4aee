"""Live frames: open lists, boards and cards learn of a change after its commit. Frames carry ids, never data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra import live
from infra.kit.access import Actor
from modules.crm.models import Lead


def tell(lead: Lead, what: str, actor: Actor, more: Mapping[str, Any] | None = None) -> None:
    """Say that `lead` was created, changed, moved, assigned, commented or deleted by `actor`."""
    data = {"id": lead.pk, "what": what, "actor": actor.id, "stage": lead.stage_id, **(more or {})}
    live.send("list:crm.lead", "record.changed", data)
    live.send(f"record:crm.lead:{lead.pk}", "record.changed", data)
