"""Duplicates: other leads with the same phone or e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.kit.access import Actor
from infra.kit.refs import RecordRef
from modules.crm.domain.access import visible_leads
from modules.crm.models import ContactPoint, Lead

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Another lead and what it shares (the value as it is compared)."""

    lead: Lead
    value: str


def find_duplicates(
    *, actor: Actor, values: Sequence[str], besides: int | None = None, limit: int = MOST_SHOWN
) -> list[Duplicate]:
    """Newest leads that `actor` may see with one of `values` (E.164 or comparable e-mail), except lead `besides`."""
    wanted = {value for value in values if value}
    if not wanted:
        return []
    rows = (
        visible_leads(actor)
        .filter(pk__in=_holders(wanted, besides))
        .select_related("stage", "responsible")
        .prefetch_related("contact_points")
        .order_by("-created_at", "-id")[:limit]
    )
    return [
        Duplicate(lead=lead, value=next(p.value for p in lead.contact_points.all() if p.value in wanted))
        for lead in rows
    ]


def newest_holders(values: Sequence[str], besides: int | None = None, limit: int = MOST_SHOWN) -> list[Lead]:
    """The newest leads outside the trash with one of `values`, whoever may see them: for the portal's own decisions."""
    wanted = {value for value in values if value}
    if not wanted:
        return []
    return list(Lead.objects.alive().filter(pk__in=_holders(wanted, besides)).order_by("-created_at", "-id")[:limit])


def refs(leads: Sequence[Lead]) -> tuple[RecordRef, ...]:
    """References of `leads`."""
    return tuple(lead.ref for lead in leads)


def _holders(values: set[str], besides: int | None) -> list[int]:
    points = ContactPoint.objects.filter(value__in=values)
    if besides is not None:
        points = points.exclude(lead_id=besides)
    return list(points.order_by("-lead_id").values_list("lead_id", flat=True)[:200])
