"""Who takes leads that come from outside."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel


class RotationMember(PortalModel):
    """A person in the rotation; the one who waited longest gets the next lead."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    last_lead_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(models.F("last_lead_at").asc(nulls_first=True), "id", name="crm_rotation_next")]
