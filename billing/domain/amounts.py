"""Amounts in a limit's unit, and prices, as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from infra.ui import formats


def amount_text(amount: int | None, unit: str) -> str:
    """`amount` in the active language: "12", "5 GB", "unlimited"."""
    if amount is None:
        return _("unlimited")
    if unit == "bytes":
        return filesizeformat(amount).replace(".0", "").replace(",0", "")
    return formats.number(amount)


def price_text(amount: Decimal, currency: str) -> str:
    """A price with its currency's sign, minor units only where there are some: "$59", "1 990 ₽"."""
    return formats.money(amount, currency)
