"""Who hears that a webhook is dead."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from infra.webhooks.models import Webhook


def who_is_told(hook: Webhook) -> list[int]:
    """Its author where they are still here, and the owners of the portal."""
    people: Any = get_user_model()._default_manager
    found = set(people.owners().values_list("pk", flat=True))
    return sorted(found | set(people.active().filter(pk=hook.author_id).values_list("pk", flat=True)))


def erase_person(user_id: int) -> None:
    """Webhooks stay the company's; the author's name comes off them."""
    Webhook.objects.filter(author_id=user_id).update(author_id=None)
