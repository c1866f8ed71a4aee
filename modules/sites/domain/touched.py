"""Which published sites a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from infra.kit.refs import RecordCard, RecordRef
from modules.sites.models import Site


def sites_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest published sites beyond `maximum`, at most `most`."""
    published = Site.objects.exclude(publication=None).order_by("-pk")
    over = max(published.count() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("sites", "site", one.pk),
            title=one.name,
            url=reverse("sites:site", args=[one.pk]),
            icon="world",
        )
        for one in published[: min(over, most)]
    ]
