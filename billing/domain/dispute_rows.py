"""Disputes as the operator's page and the wallet's page show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from billing.domain.dispute import amount_of
from billing.models import Dispute
from infra.kit.errors import Text

REASONS: Mapping[str, Text] = {
    "credit_not_processed": _("a refund did not come"),
    "debit_not_authorized": _("the debit was not allowed"),
    "duplicate": _("paid twice"),
    "fraudulent": _("says: not by me"),
    "general": _("other reasons"),
    "insufficient_funds": _("not enough money in the account"),
    "product_not_received": _("nothing received"),
    "product_unacceptable": _("not as promised"),
    "subscription_canceled": _("had cancelled"),
    "unrecognized": _("does not know the payment"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One dispute on the operator's page."""

    row: Dispute
    amount: Decimal
    reason: Text
    state: Text
    tone: str
    may_settle: bool


def shown(most: int = 100) -> list[Shown]:
    """The newest of all portals, for the operator."""
    rows = Dispute.objects.select_related("portal", "invoice")[:most]
    return [
        Shown(
            row=one,
            amount=amount_of(one),
            reason=REASONS.get(one.reason, one.reason.replace("_", " ")),
            state=(_("lost") if one.taken else _("over")) if one.over else _("taken back") if one.taken else _("asked"),
            tone="neutral" if one.over and not one.taken else "danger" if one.taken else "warning",
            may_settle=one.taken and one.invoice is not None and one.settled_at is None,
        )
        for one in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Held:
    """A top-up that a bank holds, as the portal's people see it."""

    amount: Decimal
    currency: str
    opened_at: datetime


def held_from(portal_id: int) -> list[Held]:
    """What banks hold of the portal's top-ups and have not decided about."""
    rows = Dispute.objects.filter(portal_id=portal_id, taken=True, over=False, invoice=None)
    return [Held(amount=amount_of(one), currency=one.currency, opened_at=one.opened_at) for one in rows]
