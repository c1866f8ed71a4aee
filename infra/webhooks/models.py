"""Who is told of what, and how it went."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned


class Webhook(Versioned):
    """An address that is told of `events` (names, or "*" for all). `secret` signs; `old_secret` too, until `old_until`.

    `failing_since` is when the first delivery failed since one was last taken; `paused_at` ends the telling.
    """

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    events = ArrayField(models.CharField(max_length=80), verbose_name=_("events"))
    secret = models.CharField(max_length=100)
    old_secret = models.CharField(max_length=100, blank=True)
    old_until = models.DateTimeField(null=True)
    author_id = models.BigIntegerField(null=True)
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """Where a message stands."""

    PENDING = "pending", pgettext_lazy("a message", "waiting")
    DONE = "done", pgettext_lazy("a message", "taken")
    FAILED = "failed", pgettext_lazy("a message", "given up")


class Message(PortalModel):
    """An event on its way to a webhook: `body` is sent as it stands, every time under the same `event_id`."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages", db_index=False)
    event_id = models.UUIDField()
    event = models.CharField(max_length=80)
    body = models.TextField()
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    seconds = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="webhooks_message_once")]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="webhooks_message_newest"),
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="webhooks_message_due"),
            models.Index(fields=["created_at"], name="webhooks_message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.event_id}: {self.status}"
