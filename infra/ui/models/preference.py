"""What one person chose for one screen: columns of a list, order of the menu, tiles of the start page."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from infra.db.models import PortalModel


class Preference(PortalModel):
    """A JSON value under a key such as `menu` or `list:crm.leads`; no row means the default."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=100)
    value = models.JSONField()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="ui_preference_once")]

    def __str__(self) -> str:
        return self.key
