"""What happened around a lead beside changes of its fields (those are in the audit log)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.lead import Lead


class Activity(PortalModel):
    """A comment, or an intake from outside with the answers that came (`details`: answers, marks, origin)."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        INTAKE = "intake", _("Came in")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    details = models.JSONField(default=dict, blank=True)
    event_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id"], condition=Q(event_id__isnull=False), name="crm_intake_once"),
        ]
        indexes = [models.Index(fields=["lead", "-created_at", "-id"], name="crm_activity_of_lead")]
