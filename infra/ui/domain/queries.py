"""What a person may see of what the kit keeps for them."""

from __future__ import annotations

from django.db.models import QuerySet

from infra.kit.access import Actor
from infra.kit.errors import NotFound
from infra.ui.models import Notification


def notifications_of(actor: Actor) -> QuerySet[Notification]:
    """What was told to `actor`, newest first."""
    return Notification.objects.filter(person_id=actor.id).select_related("actor").order_by("-id")


def notification_of(actor: Actor, notification_id: int) -> Notification:
    """One of the actor's own notifications. Raises NotFound."""
    row = notifications_of(actor).filter(pk=notification_id).first()
    if row is None:
        raise NotFound
    return row
