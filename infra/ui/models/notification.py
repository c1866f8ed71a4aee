"""What the bell shows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from infra.db.models import PortalModel


class Notification(PortalModel):
    """One line for one person. `ref` (a RecordRef as text) says which record it speaks of, `url` where it leads."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    text = models.CharField(max_length=500)
    icon = models.CharField(max_length=40, default="bell")
    ref = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["person", "-id"], name="ui_notification_newest"),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="ui_notification_unread"),
            models.Index(fields=["actor"], name="ui_notification_actor"),
        ]

    def __str__(self) -> str:
        return self.text
