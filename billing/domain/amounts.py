"""Amounts in a limit's unit, and prices, as people read them."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import gettext as _

from infra.ui import formats


def amount_text(amount: int | None, unit: str) -> str:
    """`amount` in the active language: "12", "5 GB", "unlimited"."""
    if amount is None:
        return _("unlimited")
    if unit == "bytes":
        return formats.size(amount)
    return formats.number(amount)


def price_text(amount: Decimal, currency: str) -> str:
    """A price with its currency's sign, minor units only where there are some: "$59", "1 990 ₽"."""
    return formats.money(amount, currency)


def money_text(amount: Decimal, currency: str) -> str:
    """An amount of the ledger with nothing rounded away: "$1.50", "0,7213 ₽"."""
    usual, needed = get_currency_precision(currency), -int(amount.normalize().as_tuple().exponent)
    places = usual if needed <= usual else 4 if needed <= 4 else 6
    pattern = formats.current_locale().currency_formats["standard"].pattern
    pattern = re.sub(r"0\.0+", "0." + "0" * places if places else "0", pattern)
    text = format_currency(amount, currency, pattern, currency_digits=False, locale=formats.current_locale())
    return formats.apart(str(text))


def coins_text(amount: Decimal, currency: str) -> str:
    """An amount in whole coins, rounded down: what one can count on. "$55.44" for 55.4409."""
    step = Decimal(1).scaleb(-get_currency_precision(currency))
    return money_text(amount.quantize(step, ROUND_FLOOR), currency)


def meter_text(quantity: Decimal, meter: str) -> str:
    """What a meter counted: bytes as "5 GB", minutes to a tenth, the rest as a number."""
    if meter == "storage_bytes":
        return amount_text(int(quantity), "bytes")
    return formats.number(quantity.quantize(Decimal("0.1")) if meter == "minutes" else quantity)


def with_phones(text: str) -> str:
    """`text` with the phone numbers in it (E.164) as people write them."""
    return _PHONE.sub(lambda found: formats.phone(found[0]), text)


_PHONE = re.compile(r"\+\d{7,15}\b")
