"""CRM's tile on the start page."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

from infra.kit.access import Actor
from modules.crm.domain.attention import attention
from modules.crm.domain.queries import lead_rows, open_by_stage, waiting_for

_NEWEST = 5


def leads_in_work(request: HttpRequest) -> dict[str, Any]:
    """Open stages with their counts, and the newest leads the person sees."""
    actor = cast(Actor, request.user)
    stages = [
        {**item, "shown": min(item["count"], item["most"]), "more": item["count"] > item["most"]}
        for item in open_by_stage(actor)
    ]
    return {"stages": stages, "newest": list(lead_rows(actor).order_by("-created_at", "-id")[:_NEWEST])}


def today(request: HttpRequest) -> dict[str, Any]:
    """How much of one's own needs attention, and what is next."""
    actor = cast(Actor, request.user)
    return {"attention": attention(actor), "next": list(waiting_for(actor).order_by("due_at", "id")[:_NEWEST])}
