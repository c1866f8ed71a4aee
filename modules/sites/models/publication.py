from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from infra.db.models import PortalModel
from modules.sites.models.site import Site


class Publication(PortalModel):
    """One published version of a site: immutable files under `root`, and the forms exactly as visitors see them.

    `forms` maps a form's public id to its design (`domain.fields.FormDesign` as JSON). `root` is empty once the files
    were removed to save space; such a version cannot be brought back.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="publications", db_index=False)
    number = models.PositiveIntegerField()
    root = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField()
    forms: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta(PortalModel.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="publication_number")]

    def __str__(self) -> str:
        return f"{self.site_id}/{self.number}"
