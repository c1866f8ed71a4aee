"""A tariff made ready for many calls: every amount a whole number of one small unit, so sums are exact and fast."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm

from billing.rating.engine.rounding import divide
from billing.rating.engine.tariff import LONGEST, Slot, Tariff, ZeroDuration, check
from billing.rating.engine.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Rule:
    """Prices in force at some hours, in units: `slots` are (from second, to second, step, price of a step)."""

    name: str
    fee: int
    first: int
    first_cost: int
    slots: tuple[tuple[int, int, int, int], ...]
    prices: tuple[Slot, ...]

    def slot_at(self, second: int) -> tuple[int, int, int, int]:
        """The slot that second `second` of the call lies in."""
        for slot in self.slots:
            if second < slot[1]:
                return slot
        return self.slots[-1]


class Compiled:
    """A checked tariff in whole units; `unit` of them are one of the currency, `quantum` one step of the rounding."""

    __slots__ = (
        "base", "decimals", "grace", "maximum", "minimum", "mode", "places", "plain", "quantum", "rules", "tariff",
        "timeline", "unit", "zero_free",
    )  # fmt: skip

    def __init__(self, tariff: Tariff) -> None:
        check(tariff)
        self.tariff = tariff
        self.mode, self.places = tariff.rounding.mode, tariff.rounding.places
        parts: list[tuple[str, Decimal, tuple[Slot, ...]]] = [("", tariff.connect_fee, tariff.slots)]
        parts += [(period.name, period.connect_fee, period.slots) for period in tariff.periods]
        exact = [Fraction(1, 10**self.places), Fraction(tariff.minimum), Fraction(tariff.maximum or 0)]
        for _name, fee, slots in parts:
            exact.append(Fraction(fee))
            exact += [Fraction(slot.price) * slot.step / slot.per for slot in slots]
            exact.append(Fraction(slots[0].price) * (tariff.first or slots[0].step) / slots[0].per)
        self.unit = lcm(*(value.denominator for value in exact))
        self.quantum = self.unit // 10**self.places
        self.decimals = _decimals(self.unit)
        self.rules = tuple(self._rule(tariff.first, *part) for part in parts)
        self.base = self.rules[0]
        self.grace = tariff.grace
        self.minimum = self.units(tariff.minimum)
        self.maximum = None if tariff.maximum is None else self.units(tariff.maximum)
        self.zero_free = tariff.zero_duration is ZeroDuration.FREE
        self.timeline = Timeline(tariff.periods, tariff.zone, tariff.holidays)
        self.plain = not tariff.periods and len(tariff.slots) == 1

    def units(self, amount: Decimal | Fraction) -> int:
        """`amount` of the currency in units; what lies below one unit is left off."""
        return int(Fraction(amount) * self.unit)

    def _rule(self, first: int, name: str, fee: Decimal, slots: tuple[Slot, ...]) -> Rule:
        ends = [*(slot.start for slot in slots[1:]), LONGEST * 1000]
        return Rule(
            name=name,
            fee=self.units(fee),
            first=first or slots[0].step,
            first_cost=self.units(Fraction(slots[0].price) * (first or slots[0].step) / slots[0].per),
            slots=tuple(
                (slot.start, end, slot.step, self.units(Fraction(slot.price) * slot.step / slot.per))
                for slot, end in zip(slots, ends, strict=True)
            ),
            prices=slots,
        )

    def rule_at(self, second: int) -> tuple[Rule, int]:
        """The rule in force at the Unix second, and until when that is sure."""
        index, until = self.timeline.at(second)
        return self.rules[index + 1], until

    def bounded(self, money: int) -> int:
        """`money` units of a call that was paid in money, between the tariff's minimum and maximum."""
        if money < self.minimum:
            money = self.minimum
        return money if self.maximum is None or money < self.maximum else self.maximum

    def quanta(self, money: int) -> int:
        """`money` units rounded, in steps of the rounding."""
        return divide(money, self.quantum, self.mode)

    def amount(self, quanta: int) -> Decimal:
        """Steps of the rounding as money."""
        return Decimal(quanta).scaleb(-self.places)

    def money(self, units: int) -> Decimal:
        """Units as money, to ten decimals."""
        return (Decimal(units) / self.unit).quantize(Decimal("1e-10")).normalize() + 0

    def exact_text(self, money: int) -> str:
        """`money` units as a decimal number, or as a fraction where it has no end ("1/3")."""
        if self.decimals is None:
            return _text(Fraction(money, self.unit))
        return format(Decimal(money * (10**self.decimals // self.unit)).scaleb(-self.decimals), "f")

    def short_way(self, seconds: int) -> tuple[int, int]:
        """What an answered call of `seconds` whole seconds costs in units, and the seconds taken; for `plain` tariffs.

        Equal to what `rate_call` finds for a call without bundles, without the lines that explain it.
        """
        if seconds <= 0:
            if self.zero_free:
                return 0, 0
            seconds = 1
        if seconds <= self.grace:
            return 0, 0
        rule = self.base
        if seconds <= rule.first:
            return self.bounded(rule.fee + rule.first_cost), rule.first
        _start, _end, step, cost = rule.slots[0]
        steps = -((rule.first - seconds) // step)
        return self.bounded(rule.fee + rule.first_cost + steps * cost), rule.first + steps * step


def _text(value: Fraction) -> str:
    places = _decimals(value.denominator)
    if places is None:
        return str(value)
    return format(Decimal(value.numerator * (10**places // value.denominator)).scaleb(-places), "f")


def _decimals(unit: int) -> int | None:
    """How many decimals show every multiple of 1/`unit`; None where none suffice."""
    twos = fives = 0
    while unit % 2 == 0:
        unit, twos = unit // 2, twos + 1
    while unit % 5 == 0:
        unit, fives = unit // 5, fives + 1
    return max(twos, fives) if unit == 1 else None


@lru_cache(maxsize=20_000)
def compiled(tariff: Tariff) -> Compiled:
    """`tariff` made ready; the same tariff is made ready once. Raises Fault."""
    return Compiled(tariff)
