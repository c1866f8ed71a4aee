"""One event for one handler."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from infra.outbox.models.event import OutboxEvent


class Status(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "pending", _("Waiting")
    DONE = "done", _("Delivered")
    DEAD = "dead", _("Given up")


class Delivery(PortalModel):
    """Done in the same transaction as the handler's effects, so an event has its effect once or not yet."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=200)
    mode = models.CharField(max_length=10, choices=[("inline", _("At once")), ("worker", _("By a worker"))])
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="outbox_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "dead"]) | models.Q(done_at__isnull=False),
                name="outbox_delivery_done_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="outbox_delivery_due", condition=models.Q(status=Status.PENDING)
            ),
            models.Index(
                fields=["-id"], name="outbox_delivery_open", condition=models.Q(status__in=["pending", "dead"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.handler}: {self.status}"
