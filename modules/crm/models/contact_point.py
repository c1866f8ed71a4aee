"""Phones and e-mails of leads, as typed and in the one form that is compared."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.lead import Lead


class ContactPoint(PortalModel):
    """A phone or an e-mail; `value` is the E.164 number or the lower-case address, "" where the text is neither."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    typed = models.CharField(max_length=254)
    value = models.CharField(max_length=254, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "id"]
        indexes = [
            models.Index(fields=["value"], condition=~Q(value=""), name="crm_point_value"),
        ]

    def __str__(self) -> str:
        return self.typed
