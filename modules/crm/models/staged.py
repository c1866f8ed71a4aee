"""What records that go through a pipeline's stages share: leads, deals and the items of smart objects."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from modules.crm.models.choices import Currency
from modules.crm.models.pipeline import LostReason, Stage
from modules.crm.models.record import Record


class Staged(Record):
    """A record with an amount in `currency` and, of its own, a `stage`: only an item's may be empty.

    `reached` is the furthest stage it has been in where that is not the one it is in: it went back, or was lost.
    """

    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=3, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    lost_reason = models.ForeignKey(
        LostReason,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("why it was lost"),
    )
    reached = models.ForeignKey(
        Stage, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    stage_since = models.DateTimeField(_("in this stage since"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    class Meta(Record.Meta):
        abstract = True
