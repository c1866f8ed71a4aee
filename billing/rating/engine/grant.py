"""How long a call may last for a sum of money: the same rating, asked the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from billing.rating.engine.compiled import Compiled, compiled
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.engine.tariff import AtMaximum, Tariff


def price_of(tariff: Tariff | Compiled, answers: Sequence[datetime], seconds: int, lots: Sequence[Lot] = ()) -> Decimal:
    """The dearest price of `seconds` seconds among calls answered at one of `answers`."""
    return max(rate_call(tariff, answered, seconds, lots).amount for answered in answers)


def longest(tariff: Tariff, answers: Sequence[datetime], grant: Decimal, *, cap: int, lots: Sequence[Lot] = ()) -> int:
    """The most seconds, at most `cap`, whose full price fits `grant` whenever of `answers` the call is answered.

    0 where not even the first step fits. The price never falls with the duration, so halving finds the end of the
    last step that fits. A tariff that disconnects at its maximum also ends where the exact price would pass it.
    """

    def fits(seconds: int) -> bool:
        return price_of(ready, answers, seconds, lots) <= grant and not (
            cuts and any(_over(ready, answered, seconds, lots) for answered in answers)
        )

    ready = compiled(tariff)
    cuts = tariff.maximum is not None and tariff.at_maximum is AtMaximum.DISCONNECT
    low, high = 0, cap
    if cap < 1 or not fits(1):
        return 0
    if fits(cap):
        return cap
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _over(tariff: Compiled, answered: datetime, seconds: int, lots: Sequence[Lot]) -> bool:
    return any(part.kind == "maximum" for part in rate_call(tariff, answered, seconds, lots).parts)


def answer_moments(tariff: Tariff, now: datetime, ringing: int) -> list[datetime]:
    """When a call that is set up `now` may be answered, as far as prices differ: at once, at the last ring, and at
    every border of a period between them."""
    timeline, begin = compiled(tariff).timeline, int(now.timestamp())
    moments, second = [now], begin
    if not tariff.periods:
        return moments
    while True:
        _rule, second = timeline.at(second)
        if second > begin + ringing:
            break
        moments.append(now + timedelta(seconds=second - begin))
    moments.append(now + timedelta(seconds=ringing))
    return moments
