from __future__ import annotations

from django.db import models

from infra.db.models import PortalModel
from modules.sites.models.site import Site


class VisitCount(PortalModel):
    """How often a page was seen on a day, by where people came from. Numbers only: nobody can be found in them.

    `source` is a search engine, a host that linked here, or "" for a visit without one; `campaign` is utm_campaign.
    `visitors` came to the site with this row, `page_visitors` to this page; `clicks` are on a phone, an e-mail or a
    messenger. `arm` is the version of the page that was shown, where two are compared (`domain.arms`).
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="counts", db_index=False)
    day = models.DateField()
    path = models.CharField(max_length=61)
    source = models.CharField(max_length=80, blank=True, default="")
    campaign = models.CharField(max_length=80, blank=True, default="")
    arm = models.CharField(max_length=9, blank=True, default="")
    views = models.PositiveIntegerField(default=0)
    visitors = models.PositiveIntegerField(default=0)
    page_visitors = models.PositiveIntegerField(default=0, db_default=0)
    clicks = models.PositiveIntegerField(default=0, db_default=0)

    class Meta(PortalModel.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["site", "day", "path", "source", "campaign", "arm"], name="visit_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} /{self.path}"
