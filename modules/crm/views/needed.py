"""What needs attention: above lists and boards."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from infra.kit.access import Actor
from infra.kit.errors import Text
from modules.crm.domain.attention import attention_of
from modules.crm.domain.kinds import Kind

_NEEDED: dict[str, tuple[Text, str, str]] = {
    "overdue": (gettext_lazy("Overdue"), "danger", "next_step=overdue"),
    "today": (gettext_lazy("Today"), "accent", "next_step=today"),
    "none": (gettext_lazy("No next step"), "warning", "next_step=none"),
    "unanswered": (gettext_lazy("Not answered"), "warning", "answered=none"),
}


def needed(request: HttpRequest, actor: Actor, kind: Kind) -> dict[str, Any]:
    """What of one's own needs attention, each number leading to its records; asked only where it is drawn."""
    if not kind.staged:
        return {}
    here, query = request.path, request.META.get("QUERY_STRING", "")

    def items() -> list[dict[str, Any]]:
        found = []
        for name, count in attention_of(actor, kind).items():
            title, tone, narrowed = _NEEDED[name]
            wanted = f"{narrowed}&kind=open&responsible={actor.id}"
            shown = {"title": title, "tone": tone, "count": count, "active": query == wanted}
            if not (count or shown["active"]):
                continue  # nothing waits: nothing is said
            found.append({**shown, "url": here if query == wanted else f"{here}?{wanted}"})
        return found

    return {"attention": SimpleLazyObject(items)}
