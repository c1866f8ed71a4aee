"""CRM's tile on the start page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest

from infra.kit.access import Actor
from modules.crm.domain.access import visible_ids
from modules.crm.domain.attention import attention
from modules.crm.domain.queries import lead_rows, open_by_stage, waiting_for
from modules.crm.models import OWNERS, Activity

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
    steps = list(waiting_for(actor).order_by("due_at", "id")[:_NEWEST])
    return {"attention": attention(actor), "next": list(zip(steps, _about(actor, steps), strict=True))}


def _about(actor: Actor, steps: Sequence[Activity]) -> list[Any]:
    """The record that each is about, None where the person does not see it."""
    found: list[Any] = [None] * len(steps)
    for name in OWNERS:
        ids = {pk for step in steps if (pk := getattr(step, f"{name}_id")) is not None}
        seen = visible_ids(actor, name, ids) if ids else ()
        for place, step in enumerate(steps):
            if getattr(step, f"{name}_id") in seen:
                found[place] = getattr(step, name)
    return found
