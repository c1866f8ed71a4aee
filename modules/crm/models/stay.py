"""How long records stood in stages: a row for every stay that has ended. Where a record stands now, it says itself."""

from __future__ import annotations

from django.db import models

from infra.db.models import PortalModel
from modules.crm.models.contact_point import one_owner, owner_indexes, owner_key
from modules.crm.models.deal import Deal
from modules.crm.models.item import Item
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import Stage

OWNERS = ("lead", "deal", "item")


class StageStay(PortalModel):
    """A record entered `stage` at `entered_at` and left it for another one at `left_at`."""

    lead = owner_key(Lead, "stays")
    deal = owner_key(Deal, "stays")
    item = owner_key(Item, "stays")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="+", db_index=False)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=one_owner(*OWNERS), name="crm_stay_of_one"),
            models.CheckConstraint(
                condition=models.Q(left_at__gte=models.F("entered_at")), name="crm_stay_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "-left_at"], name="crm_stay_ended"),
            *owner_indexes("crm_stay", *OWNERS),
        ]
