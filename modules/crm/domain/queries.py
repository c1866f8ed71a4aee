"""What screens and the API read: lists, timelines, cards. Rights are already inside every query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from infra.kit.access import Actor, may
from infra.kit.refs import RecordCard, RecordRef
from modules.crm.domain.access import VIEW, visible_leads
from modules.crm.domain.search import found
from modules.crm.models import Activity, ContactPoint, Lead, Stage
from modules.crm.models.lead import LeadQuerySet

KEPT_IN_TRASH = timedelta(days=30)


def lead_rows(actor: Actor) -> LeadQuerySet:
    """Leads for lists and boards, with stage, responsible and the first phone and e-mail, in one statement."""
    return (
        visible_leads(actor)
        .select_related("stage", "responsible")
        .defer("search", "comment", "marks")
        .annotate(first_phone=_first("phone"), first_email=_first("email"))
    )


def _first(kind: str) -> Subquery:
    points = ContactPoint.objects.filter(lead_id=OuterRef("pk"), kind=kind).order_by("position", "id")
    return Subquery(points.values("typed")[:1])


def activities_of(lead: Lead, limit: int = 100) -> list[Activity]:
    """The newest comments and intakes of a lead the caller may see."""
    rows = Activity.objects.filter(lead=lead).select_related("author")
    return list(rows.order_by("-created_at", "-id")[:limit])


def comments_of(lead: Lead) -> QuerySet[Activity]:
    """Comments on a lead the caller may see."""
    return Activity.objects.filter(lead=lead, kind=Activity.Kind.COMMENT)


def lead_card(actor: Actor, lead_id: int) -> RecordCard | None:
    """The lead as others show it, None where `actor` may not see it."""
    if not may(actor, VIEW):
        return None
    lead = visible_leads(actor).filter(pk=lead_id).select_related("stage").first()
    return None if lead is None else card_of(lead)


def card_of(lead: Lead) -> RecordCard:
    """A link to `lead` with its stage."""
    subtitle = " · ".join(part for part in (lead.person_name, lead.company_name, lead.stage.title) if part)
    return RecordCard(
        ref=RecordRef("crm", "lead", lead.pk),
        title=lead.title,
        subtitle=subtitle,
        url=reverse("crm:lead", args=[lead.pk]),
        icon="user-plus",
    )


def search_leads(actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """Newest leads that match `text` (words, phone fragment, e-mail), for the global search."""
    if not text.strip():
        return []
    rows = found(visible_leads(actor), text).select_related("stage").defer("search", "marks", "comment")
    return [card_of(lead) for lead in rows.order_by("-created_at", "-id")[:limit]]


def purge_before() -> datetime:
    """Leads put into the trash before this moment are gone for good."""
    return timezone.now() - KEPT_IN_TRASH


def open_by_stage(actor: Actor, most: int = 10_000) -> list[dict[str, Any]]:
    """Open stages of the usual pipeline with how many leads `actor` sees in each, counted up to `most`."""
    stages = Stage.objects.filter(pipeline__is_usual=True, kind=Stage.Kind.OPEN).order_by("position", "id")
    leads: QuerySet[Lead] = visible_leads(actor)
    return [
        {"stage": stage, "count": leads.filter(stage=stage).order_by()[: most + 1].count(), "most": most}
        for stage in stages
    ]


def has_leads() -> bool:
    """Whether this portal has got any lead at all."""
    return Lead.objects.exists()
