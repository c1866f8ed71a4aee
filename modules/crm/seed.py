"""What every new portal starts with."""

from __future__ import annotations

from typing import Any

from modules.crm.domain.kinds import DEAL, LEAD
from modules.crm.domain.lost_reason import seed_reasons
from modules.crm.domain.pipeline import add_preset_pipeline
from modules.crm.models import Pipeline


def seed(portal: Any) -> None:
    """The usual pipelines of leads and deals with their stages, and reasons of loss; a second run changes nothing."""
    for kind, preset in ((LEAD, "leads"), (DEAL, "deals")):
        if not Pipeline.objects.filter(kind=kind.key).exists():
            add_preset_pipeline(kind=kind, preset=preset, usual=True)
    seed_reasons()
