"""Which pipelines a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from infra.kit.refs import RecordCard, RecordRef
from modules.crm.domain.pipeline import count_pipelines
from modules.crm.models import Pipeline


def pipelines_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest pipelines beyond `maximum`, at most `most`."""
    over = max(count_pipelines() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("crm", "pipeline", one.pk),
            title=str(one),
            url=reverse("crm:pipeline", args=[one.pk]),
            icon="layout-kanban",
        )
        for one in Pipeline.objects.order_by("-pk")[: min(over, most)]
    ]
