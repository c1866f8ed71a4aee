"""A price list: prefixes with their tariffs. The longest prefix that a number begins with answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from billing.rating.engine.tariff import Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One line of a deck. `cost` is what the carrier takes per minute, None where nobody said; `route` its class."""

    prefix: str
    destination: str
    tariff: Tariff
    route: str = "standard"
    group: str = ""
    cost: Decimal | None = None
    line: int = field(default=0, compare=False)


class Deck:
    """Rates by prefix, in memory."""

    __slots__ = ("_lengths", "rates")

    def __init__(self, rates: Iterable[Rate]) -> None:
        self.rates = {rate.prefix: rate for rate in rates}
        self._lengths = tuple(sorted({len(prefix) for prefix in self.rates}, reverse=True))

    def find(self, number: str) -> Rate | None:
        """The rate of the longest prefix of `number` (digits), None for an unknown destination."""
        rates = self.rates
        for length in self._lengths:
            rate = rates.get(number[:length])
            if rate is not None and len(number) >= length:
                return rate
        return None

    def __len__(self) -> int:
        return len(self.rates)
