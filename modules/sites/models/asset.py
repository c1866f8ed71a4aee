from __future__ import annotations

from typing import Any

from django.db import models

from infra.db.models import PortalModel
from modules.sites.models.site import Site


class Asset(PortalModel):
    """An image of a site, re-encoded by us and stored once under a random key.

    `sizes` are smaller and lighter forms of it, made by a job: a list of {key, format, width, size}. `alt` says what it
    shows, to begin with on every page.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.CharField(max_length=300, blank=True, default="")
    sizes: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PortalModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name
