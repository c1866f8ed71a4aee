"""Amounts: Decimal with a currency, read as people type them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_decimal_symbol
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.ui.formats import current_locale

LARGEST = Decimal("9999999999999.99")
_MINOR_PLACES = {"VND": 0, "JPY": 0, "KWD": 3}  # ISO 4217: digits of the minor unit, where they are not two
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_SPACES = re.compile(r"[\s   ']")


def amount_of(typed: str | int | Decimal, currency: str) -> Decimal:
    """`typed` as an amount of `currency`, rounded half up to its minor unit.

    Takes "1500", "1 500,50", "1,500.50", "1.500,50". One separator with exactly three digits behind it is read as
    thousands ("1,500" is 1500), but where the currency itself has three ("1.500" KWD is one and a half). Raises
    Invalid(amount) on anything else, below zero or beyond 13 digits.
    """
    text = typed if isinstance(typed, int | Decimal) else number_text(typed, minor_places(currency))
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _wrong(_("Write the amount as a number, like 1500 or 1500.50.")) from None
    if not amount.is_finite() or amount < 0:
        raise _wrong(_("The amount is zero or more."))
    if amount > LARGEST:
        raise _wrong(_("The amount is too large."))
    return as_kept(min(rounded(amount, currency), LARGEST), currency)


def minor_places(currency: str) -> int:
    """How many digits the minor unit of `currency` has (ISO 4217)."""
    return _MINOR_PLACES.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the minor unit of `currency`, half up."""
    return amount.quantize(Decimal(1).scaleb(-minor_places(currency)), ROUND_HALF_UP)


def as_kept(amount: Decimal, currency: str) -> Decimal:
    """`amount` with two decimals, or more where the currency has them: how amounts are written to programs."""
    return amount.quantize(Decimal(1).scaleb(-max(2, minor_places(currency))), ROUND_HALF_UP)


def number_text(typed: str, places: int = 2) -> str:
    """`typed` with a point before its fraction and nothing between its digits; "?" where it is no number.

    One separator with three digits behind it stands between thousands, unless the number is one of three `places`.
    """
    text = _SPACES.sub("", typed.strip()) or "0"
    if not re.fullmatch(r"-?[0-9.,]+", text):
        return "?"
    separators = [char for char in text if char in ".,"]
    if len(set(separators)) == 2:
        last = max(text.rfind("."), text.rfind(","))
        whole, fraction = re.sub(r"[.,]", "", text[:last]), text[last + 1 :]
        return f"{whole}.{fraction}" if text[last] not in text[:last] else "?"
    if len(separators) > 1:
        return text.replace(",", "").replace(".", "") if re.fullmatch(r"-?\d{1,3}([.,]\d{3})+", text) else "?"
    if places != 3 and _THOUSANDS.fullmatch(text):
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")


def number_typed(number: Decimal) -> str:
    """`number` as people write it in the active language, without thousands; `number_text` reads the same from it."""
    text = exact(number)
    return text.replace(".", ",") if get_decimal_symbol(current_locale()) == "," else text


def price_typed(amount: Decimal, currency: str) -> str:
    """`amount` as `number_typed` writes it, with the places that people expect of `currency`: "2.10", not "2.1"."""
    whole, _point, fraction = exact(amount).partition(".")
    fraction = fraction.ljust(min(2, minor_places(currency)), "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text.replace(".", ",") if get_decimal_symbol(current_locale()) == "," else text


def exact(number: Decimal) -> str:
    """`number` as text that `number_text` reads as the same number; equal numbers give the same text."""
    text = f"{number.normalize():f}"
    return f"{text}0" if _THOUSANDS.fullmatch(text) else text


def _wrong(text: str) -> Invalid:
    return Invalid(fields={"amount": [text]})
