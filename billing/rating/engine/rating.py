"""Rating one call: which seconds are paid how, the exact cost, and the one rounding at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from billing.rating.engine.compiled import Compiled, compiled
from billing.rating.engine.tariff import Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Included seconds that may serve this call: taken in steps of `step`, those that begin before `expires_at`.

    Higher `weight` serves first, then what expires earlier, then the older one (`age`: a number that grows).
    `covers_fee`: a call that begins in this lot pays no connect fee.
    """

    id: str
    seconds: int
    step: int = 1
    weight: int = 10
    expires_at: datetime | None = None
    age: int = 0
    covers_fee: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of how a charge came about.

    `kind`: connect, bundle, first, steps, minimum, maximum, rounding. `start` and `seconds` say which stretch of the
    call it pays, `steps` of `step` seconds at `price` per `per` seconds; `cost` is exact.
    """

    kind: str
    cost: Fraction = Fraction(0)
    start: int = 0
    seconds: int = 0
    steps: int = 0
    step: int = 0
    price: Decimal = Decimal(0)
    per: int = 0
    period: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a call costs. `seconds` it lasted, `billed_seconds` are taken (bundle and money), `exact` is unrounded."""

    amount: Decimal
    exact: Fraction
    seconds: int
    billed_seconds: int
    lots: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]

    @property
    def bundle_seconds(self) -> int:
        """Seconds that included minutes paid."""
        return sum(seconds for _lot, seconds in self.lots)


def rate_call(
    tariff: Tariff | Compiled,
    answered_at: datetime | None,
    seconds: int,
    lots: Iterable[Lot] = (),
    granted: int | None = None,
) -> Charge:
    """What a call answered at `answered_at` (None: not answered) of `seconds` whole seconds costs.

    `granted` bounds the seconds that are paid: a switch that cuts late is not the customer's to pay. A pure function:
    the same call with the same tariff and lots gives the same charge. Raises Fault for a tariff that is wrong.
    """
    ready = tariff if isinstance(tariff, Compiled) else compiled(tariff)
    if answered_at is None:
        return _free(ready, 0)
    seconds = max(seconds, 0)
    if granted is not None:
        seconds = min(seconds, granted)
    if seconds == 0:
        if ready.zero_free:
            return _free(ready, 0)
        seconds = 1
    if seconds <= ready.grace:
        return _free(ready, seconds)
    return _Walk(ready, int(answered_at.timestamp()), seconds).rated(order(lots))


def order(lots: Iterable[Lot]) -> list[Lot]:
    """Lots in the order in which they serve."""
    return sorted(
        lots,
        key=lambda lot: (
            -lot.weight,
            lot.expires_at.timestamp() if lot.expires_at else float("inf"),
            lot.age,
            lot.id,
        ),
    )


def _free(ready: Compiled, seconds: int) -> Charge:
    return Charge(amount=ready.amount(0), exact=Fraction(0), seconds=seconds, billed_seconds=0, lots=(), parts=())


class _Walk:
    """One call from its answer to its end."""

    def __init__(self, ready: Compiled, answered: int, seconds: int) -> None:
        self.ready, self.answered, self.seconds = ready, answered, seconds
        self.done = 0
        self.parts: list[Part] = []

    def rated(self, lots: Sequence[Lot]) -> Charge:
        ready = self.ready
        used = self._serve(lots)
        begins_in = next((lot for lot in lots if used and lot.id == used[0][0]), None)
        fee = self._fee() if begins_in is None or not begins_in.covers_fee else 0
        steps = self._pay() if self.done < self.seconds else None
        money = fee + (steps or 0)
        final = money
        if steps is not None:
            final = ready.bounded(money)
        elif ready.maximum is not None:
            final = min(money, ready.maximum)
        if final != money:
            self._note("minimum" if final > money else "maximum", final - money)
        quanta = ready.quanta(final)
        if rest := quanta * ready.quantum - final:
            self._note("rounding", rest)
        return Charge(
            amount=ready.amount(quanta),
            exact=Fraction(final, ready.unit),
            seconds=self.seconds,
            billed_seconds=self.done,
            lots=tuple(used),
            parts=tuple(self.parts),
        )

    def _note(self, kind: str, cost: int, **more: object) -> None:
        self.parts.append(Part(kind=kind, cost=Fraction(cost, self.ready.unit), **more))  # type: ignore[arg-type]  # fields of Part

    def _fee(self) -> int:
        rule, _until = self.ready.rule_at(self.answered)
        if rule.fee:
            self.parts.insert(0, Part(kind="connect", cost=Fraction(rule.fee, self.ready.unit), period=rule.name))
        return rule.fee

    def _serve(self, lots: Sequence[Lot]) -> list[tuple[str, int]]:
        """Included seconds first. A step that no longer fits is left, the next lot goes on from there."""
        used = []
        for lot in lots:
            if self.done >= self.seconds:
                break
            steps = min(lot.seconds // lot.step, -((self.done - self.seconds) // lot.step))
            if lot.expires_at is not None:
                left = int(lot.expires_at.timestamp()) - self.answered - self.done
                steps = min(steps, -(-left // lot.step))
            if steps <= 0:
                continue
            self._note("bundle", 0, start=self.done, seconds=steps * lot.step, steps=steps, step=lot.step, lot=lot.id)
            self.done += steps * lot.step
            used.append((lot.id, steps * lot.step))
        return used

    def _pay(self) -> int:
        """Money steps from where the minutes end; the first block is due only where the call began in money."""
        ready, money = self.ready, 0
        if self.done == 0:
            rule, _until = ready.rule_at(self.answered)
            price = rule.prices[0]
            self._note(
                "first", rule.first_cost, seconds=rule.first, steps=1, step=rule.first, price=price.price,
                per=price.per, period=rule.name,
            )  # fmt: skip
            money, self.done = rule.first_cost, rule.first
        while self.done < self.seconds:
            rule, until = ready.rule_at(self.answered + self.done)
            slot = rule.slot_at(self.done)
            _start, end, step, cost = slot
            stop = min(self.seconds, end, until - self.answered)
            steps = -((self.done - stop) // step)
            price = rule.prices[rule.slots.index(slot)]
            self._note(
                "steps", steps * cost, start=self.done, seconds=steps * step, steps=steps, step=step,
                price=price.price, per=price.per, period=rule.name,
            )  # fmt: skip
            money += steps * cost
            self.done += steps * step
        self._join()
        return money

    def _join(self) -> None:
        """Neighbouring stretches at one price read as one line."""
        joined: list[Part] = []
        for part in self.parts:
            last = joined[-1] if joined else None
            if (
                last is not None
                and last.kind == part.kind == "steps"
                and (last.step, last.price, last.per, last.period) == (part.step, part.price, part.per, part.period)
            ):
                joined[-1] = Part(
                    kind="steps", cost=last.cost + part.cost, start=last.start, seconds=last.seconds + part.seconds,
                    steps=last.steps + part.steps, step=part.step, price=part.price, per=part.per, period=part.period,
                )  # fmt: skip
            else:
                joined.append(part)
        self.parts = joined
