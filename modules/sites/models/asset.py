from __future__ import annotations

from django.db import models

from infra.db.models import PortalModel
from modules.sites.models.site import Site


class Asset(PortalModel):
    """An image of a site, re-encoded by us and stored once under a random key."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PortalModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name
