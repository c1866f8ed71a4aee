"""What may be read of this room, beyond single rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from infra.kit.access import Actor
from modules.sites.domain.access import sites_for, submissions_for
from modules.sites.models import Site, Status


@dataclass(frozen=True, kw_only=True)
class Attention:
    """What waits for a person: submissions that were not delivered, and suspected spam."""

    failed: int
    quarantined: int


def published_count() -> int:
    """How many sites of the current portal visitors can see (what `sites.published` counts)."""
    return Site.objects.exclude(publication=None).count()


def sites_with_state(actor: Actor) -> QuerySet[Site]:
    """Sites with their publication, the moment anything in them changed, and how many pages they have."""
    return (
        sites_for(actor)
        .select_related("publication")
        .annotate(
            page_count=Count("pages", distinct=True),
            pages_changed=Max("pages__updated_at"),
            forms_changed=Max("forms__updated_at"),
        )
        .order_by("name", "pk")
    )


def has_changes(site: Site) -> bool:
    """Whether the editor holds something that visitors do not see yet."""
    if site.publication is None:
        return True
    moments = [
        site.updated_at,
        *site.pages.values_list("updated_at", flat=True),
        *site.forms.values_list("updated_at", flat=True),
    ]
    return max(moments) > site.publication.published_at


def attention(actor: Actor) -> Attention:
    """How many submissions wait for a person, counted to 1,000 at most each."""
    rows = submissions_for(actor).order_by()
    return Attention(
        failed=rows.filter(status=Status.FAILED)[:1000].count(),
        quarantined=rows.filter(status=Status.QUARANTINE)[:1000].count(),
    )
