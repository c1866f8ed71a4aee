"""Which own domains and files a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import nlargest
from typing import cast

from django.urls import reverse
from django.utils.module_loading import import_string

from infra.db.current import current_portal
from infra.kit.refs import RecordCard, RecordRef
from infra.kit.registry import registry
from infra.ui import formats
from tenants.portals.models import DomainClaim


def domains_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest domains beyond `maximum`, at most `most`."""
    claims = DomainClaim.objects.filter(portal_id=current_portal().id).order_by("-pk")
    over = max(claims.count() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("portals", "domain", claim.pk),
            title=claim.domain,
            url=reverse("portals:address"),
            icon="world-www",
        )
        for claim in claims[: min(over, most)]
    ]


def files_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The largest files of all rooms, at most `most`: where room is found quickest. Each says its size."""
    found: list[tuple[int, RecordCard]] = []
    for spec in registry.modules.values():
        if spec.largest:
            largest = cast("Callable[[int], Sequence[tuple[int, RecordCard]]]", import_string(spec.largest))
            found += largest(most)
    return [replace(card, subtitle=formats.size(size)) for size, card in nlargest(most, found, key=lambda one: one[0])]
