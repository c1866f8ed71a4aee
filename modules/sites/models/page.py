from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import Versioned
from modules.sites.models.site import Site

PATH = r"([a-z0-9]+(-[a-z0-9]+)*)?"


class Page(Versioned):
    """A page of a site as its editors see it. `blocks` are the typed values of `domain.blocks` in their JSON form."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="pages", db_index=False)
    title = models.CharField(_("title"), max_length=120)
    path = models.CharField(_("path"), max_length=60, blank=True, default="")
    description = models.CharField(_("description for search engines"), max_length=300, blank=True, default="")
    blocks: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Versioned.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "path"], name="page_path"),
            models.CheckConstraint(condition=models.Q(path__regex=rf"^{PATH}$"), name="page_path_form"),
        ]

    def __str__(self) -> str:
        return self.title
