"""One rounding at the end of a call: how, and to how many decimals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PLACES = 6
"""The most decimals of an amount: the ledger keeps six."""


class Mode(StrEnum):
    """Where a remainder goes."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """`places` decimals, 0 to PLACES."""

    mode: Mode = Mode.HALF_UP
    places: int = 4


def divide(amount: int, quantum: int, mode: Mode) -> int:
    """`amount` / `quantum` as a whole number, both of them 0 or more."""
    whole, rest = divmod(amount, quantum)
    if not rest:
        return whole
    if mode is Mode.HALF_UP:
        return whole + (2 * rest >= quantum)
    if mode is Mode.UP:
        return whole + 1
    if mode is Mode.HALF_EVEN:
        return whole + (2 * rest > quantum or (2 * rest == quantum and whole & 1))
    return whole


def whole_seconds(milliseconds: int) -> int:
    """A measured time in whole seconds, half up. A plain ceiling would make 3 s of 2.004 s."""
    return (milliseconds + 500) // 1000
