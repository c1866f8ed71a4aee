"""The currencies of the catalogue, and the sums that mean something in each of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from infra.adapters.payments import major, minor

CATALOGUE = Path(__file__).parent.parent / "catalogue.toml"


@dataclass(frozen=True, kw_only=True)
class CurrencyTerms:
    """Sums in one currency's main unit: the `least` top-up, what needs a `second` person of the operator, the dearest
    `minute` of a call and a `day`'s calls where a company set no caps of its own."""

    least: Decimal
    second: Decimal
    minute: Decimal
    day: Decimal


@cache
def currencies() -> Mapping[str, CurrencyTerms]:
    """By ISO 4217 code, the usual one first."""
    given = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["currencies"]
    return {
        code: CurrencyTerms(**{name: Decimal(text) for name, text in terms.items()}) for code, terms in given.items()
    }


CURRENCIES = tuple(currencies())


def terms_of(currency: str) -> CurrencyTerms:
    """Of a currency that is not offered: those of the US dollar."""
    return currencies().get(currency) or currencies()["USD"]


def is_payable(amount: Decimal, currency: str) -> bool:
    """Whether a card can be charged exactly `amount`: whole coins, in currencies of three digits whole tens of them."""
    return amount.is_finite() and major(minor(amount, currency), currency) == amount
