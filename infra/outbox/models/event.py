"""An event as it was published, in the transaction of the change it tells of."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import models
from django.db.models.functions import Now

from infra.db.models import PortalModel
from infra.kit.events import Event
from infra.kit.registry import registry


class OutboxEvent(PortalModel):
    """`id` is what handlers are idempotent by; `actor_id` is the person the event names, if it names one."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    actor_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["created_at"], name="outbox_event_created")]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"

    def event(self) -> Event:
        """The frozen event again. Raises UnknownName when no module publishes it any more."""
        return registry.event(self.name).from_payload(self.payload)
