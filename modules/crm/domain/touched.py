"""Which pipelines, rules, own objects and files a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from infra.kit.refs import RecordCard, RecordRef
from modules.crm.domain.item_type import count_types
from modules.crm.domain.pipeline import count_pipelines
from modules.crm.domain.rules.rule import count_rules
from modules.crm.models import File, ItemType, Pipeline, Rule


def types_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest own objects beyond `maximum`, at most `most`."""
    over = max(count_types() - maximum, 0)
    rows = ItemType.objects.filter(deleted_at__isnull=True).order_by("-pk")[: min(over, most)]
    return [
        RecordCard(
            ref=RecordRef("crm", "type", row.pk),
            title=row.plural,
            url=reverse("crm:type", args=[row.pk]),
            icon=row.icon,
        )
        for row in rows
    ]


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


def rules_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest rules that are on beyond `maximum`, at most `most`."""
    over = max(count_rules() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("crm", "rule", one.pk),
            title=one.name,
            url=reverse("crm:rule", args=[one.pk]),
            icon="robot",
        )
        for one in Rule.objects.filter(is_on=True).order_by("-pk")[: min(over, most)]
    ]


def largest_files(most: int) -> Sequence[tuple[int, RecordCard]]:
    """The largest files kept with records."""
    return [
        (
            one.size,
            RecordCard(
                ref=RecordRef("crm", "file", one.pk),
                title=one.name,
                url=reverse("crm:file", args=[one.pk]),
                icon="paperclip",
            ),
        )
        for one in File.objects.order_by("-size")[:most]
    ]
