"""What every new portal starts with."""

from __future__ import annotations

from typing import Any

from modules.crm.domain.kinds import DEAL, LEAD
from modules.crm.domain.lost_reason import seed_reasons
from modules.crm.domain.pipeline import add_preset_pipeline
from modules.crm.domain.selling.number_series import seed_series
from modules.crm.domain.selling.price_type import seed_price_types
from modules.crm.models import Pipeline


def seed(portal: Any) -> None:
    """Usual pipelines with stages, reasons of loss, price types, number series; a second run changes nothing."""
    for kind, preset in ((LEAD, "leads"), (DEAL, "deals")):
        if not Pipeline.objects.filter(kind=kind.key).exists():
            add_preset_pipeline(kind=kind, preset=preset, usual=True)
    seed_reasons()
    seed_price_types()
    seed_series()
