"""Amounts in a limit's unit, and prices, as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

_SYMBOLS = {"RUB": "₽", "USD": "$", "EUR": "€"}
_NO_BREAK = "\u00a0"


def amount_text(amount: int | None, unit: str) -> str:
    """`amount` in the active language: "12", "5 GB", "unlimited"."""
    if amount is None:
        return _("unlimited")
    if unit == "bytes":
        return filesizeformat(amount).replace(".0", "").replace(",0", "")
    return number_format(amount, use_l10n=True, force_grouping=True)


def price_text(amount: Decimal, currency: str) -> str:
    """A price with its currency's sign, minor units only where there are some: "1,990 ₽", "$59"."""
    digits = 0 if amount == amount.to_integral_value() else 2
    number = number_format(amount, decimal_pos=digits, use_l10n=True, force_grouping=True)
    if currency in ("USD", "EUR") and not _sign_follows():
        return f"{_SYMBOLS[currency]}{number}"
    return f"{number}{_NO_BREAK}{_SYMBOLS[currency]}"


def _sign_follows() -> bool:
    # Translators: "before" or "after": where a currency's sign stands in this language.
    return _("before") == "after"
