"""The tile of people on the start page."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest

from infra.kit.access import may
from tenants.people.domain.access import visible_people
from tenants.people.views.who import me

_SHOWN = 6


def colleagues(request: HttpRequest) -> dict[str, Any]:
    """Colleagues by who was here last, without the person who looks."""
    actor = me(request)
    people = visible_people(actor).active().exclude(pk=actor.pk).select_related("department")
    latest = people.order_by(F("last_seen").desc(nulls_last=True), "pk")[:_SHOWN]
    return {"people": list(latest), "may_invite": may(actor, "people.person.invite")}
