"""The settings of selling: read by everyone, changed by who manages them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.crm.domain.people import default_currency
from modules.crm.models import Currency, SellingSettings

MANAGE = "crm.selling.manage"
LONGEST_TERM = 3_650
_TEXTS = {"quote_terms": 5_000, "invoice_terms": 5_000}


def selling() -> SellingSettings:
    """The settings as they are; the usual ones, not yet saved, where nobody has changed any."""
    return SellingSettings.objects.first() or SellingSettings()


def base_currency() -> str:
    """The currency in which sums of different ones are added up: as set, else the portal's own."""
    return selling().base_currency or default_currency()


def locked_selling() -> SellingSettings:
    """The settings, made if need be and locked until commit."""
    SellingSettings.objects.bulk_create([SellingSettings()], ignore_conflicts=True)
    return SellingSettings.objects.select_for_update().get(only=True)


def set_selling(*, actor: Actor, changes: Mapping[str, Any], version: int | None = None) -> SellingSettings:
    """Change settings: base_currency, quote_days, invoice_days, quote_terms, invoice_terms.

    Raises Conflict, Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    checked = _checked(changes)
    with transaction.atomic():
        row = locked_selling()
        if version is not None and row.version != version:
            raise Conflict(current_version=row.version)
        before = {key: getattr(row, key) for key in checked}
        if before == checked:
            return row
        for key, value in checked.items():
            setattr(row, key, value)
        row.save()
        audit.record(
            actor,
            "selling.set",
            None,
            {key: (before[key], value) for key, value in checked.items() if before[key] != value},
        )
    return row


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    wrong: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for key, raw in changes.items():
        if key == "base_currency":
            if raw not in Currency.values:
                wrong[key] = [_("This currency is not offered.")]
            values[key] = raw
        elif key in ("quote_days", "invoice_days"):
            if not str(raw).isdecimal() or not 0 <= int(str(raw)[:9]) <= LONGEST_TERM:
                wrong[key] = [_("A whole number of days, at most %(most)s.") % {"most": LONGEST_TERM}]
            else:
                values[key] = int(raw)
        elif key in _TEXTS:
            text = str(raw or "").strip()
            if len(text) > _TEXTS[key] or "\0" in text:
                wrong[key] = [_("At most %(most)s characters.") % {"most": _TEXTS[key]}]
            values[key] = text
        else:
            wrong[key] = [_("This field cannot be set.")]
    if wrong:
        raise Invalid(fields=wrong)
    return values
