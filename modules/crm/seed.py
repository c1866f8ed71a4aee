"""What every new portal starts with."""

from __future__ import annotations

from typing import Any

from modules.crm.domain.pipeline import add_preset_pipeline
from modules.crm.models import Pipeline


def seed(portal: Any) -> None:
    """The usual pipeline with its stages; a second run changes nothing."""
    if not Pipeline.objects.exists():
        add_preset_pipeline(preset="leads", usual=True)
