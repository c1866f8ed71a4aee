"""What is kept so that changes of many records, and merges, can be taken back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.record import person_key


class Change(PortalModel):
    """Something done to several records at once: `before` holds per record id what was changed, with its new version.

    `action` is assign, move, edit, delete or merge. Rows are gone after a day, those of merges after 30.
    """

    kind = models.CharField(max_length=30)
    action = models.CharField(max_length=10)
    author = person_key(_("author"), editable=False)
    before = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="crm_change_age")]
