"""One line of the audit log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from infra.db.models import PortalModel
from infra.kit.refs import RecordRef


class AuditEntry(PortalModel):
    """Who did what to which record; written with the change, never altered: the app's role may insert and read."""

    append_only: ClassVar[bool] = True

    at = models.DateTimeField(db_default=Now())
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    module = models.CharField(max_length=31, blank=True)
    kind = models.CharField(max_length=31, blank=True)
    record_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        base_manager_name = "objects"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["actor_id", "-at", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-at", "-id"], name="audit_action"),
            models.Index(fields=["module", "kind", "record_id", "-at", "-id"], name="audit_record"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_name}"

    @property
    def ref(self) -> RecordRef | None:
        """The record this is about, None where it is about none."""
        return RecordRef(self.module, self.kind, self.record_id) if self.record_id is not None else None
