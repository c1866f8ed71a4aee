"""From exact amounts to the smallest coin of a currency: the sum is rounded, and its parts still add up to it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision


def coin(currency: str) -> Decimal:
    """The smallest coin (ISO 4217: two, none or three places)."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def to_coins(amount: Decimal, currency: str) -> Decimal:
    """`amount` in whole coins, half up (away from zero)."""
    return amount.quantize(coin(currency), ROUND_HALF_UP)


def split_in_coins(amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Each amount in whole coins so that they add up to the rounded sum (promise 37).

    What rounding down leaves over goes, a coin each, to the amounts that lost most (largest remainder).
    """
    step = coin(currency)
    floors = [amount.quantize(step, ROUND_FLOOR) for amount in amounts]
    missing = int((to_coins(sum(amounts, Decimal(0)), currency) - sum(floors, Decimal(0))) / step)
    losers = sorted(range(len(amounts)), key=lambda place: (floors[place] - amounts[place], place))
    for place in losers[:missing]:
        floors[place] += step
    return floors


def vat_inside(total: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The VAT that `total` contains at `rate` per cent, in whole coins."""
    return to_coins(total * rate / (100 + rate), currency)
