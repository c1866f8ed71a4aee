"""Minor units, as Stripe counts them (docs.stripe.com/currencies)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_NONE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def digits(currency: str) -> int:
    """Digits after the point that Stripe's minor units of `currency` (ISO 4217) have."""
    code = currency.upper()
    return 0 if code in _NONE else 3 if code in _THREE else 2


def minor(amount: Decimal, currency: str) -> int:
    """`amount` in minor units, halves up; in currencies of three digits to a multiple of ten, as Stripe wants."""
    places = digits(currency)
    step = Decimal(10) if places == 3 else Decimal(1)
    return int((amount.scaleb(places) / step).quantize(Decimal(1), ROUND_HALF_UP) * step)


def smallest(currency: str) -> Decimal:
    """The least that can be charged or given back, as people write it: amounts are multiples of it."""
    return major(10 if digits(currency) == 3 else 1, currency)


def major(amount: int, currency: str) -> Decimal:
    """An amount in minor units as people write it."""
    return Decimal(amount).scaleb(-digits(currency))
