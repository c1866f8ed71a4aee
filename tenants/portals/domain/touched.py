"""Which own domains a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from infra.db.current import current_portal
from infra.kit.refs import RecordCard, RecordRef
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
