"""What a call to a destination costs, as plain values: slots, periods, fee, bounds, rounding."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop
from billing.rating.engine.rounding import PLACES, Rounding

LONGEST = 86_400
"""No call, slot or step is longer than this many seconds."""


class AtMaximum(StrEnum):
    """What happens to a call that reaches its maximum price."""

    FREE = "free"
    DISCONNECT = "disconnect"


class ZeroDuration(StrEnum):
    """How long a call counts that was answered and ended within the same half second."""

    SECOND = "second"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """From second `start` of the call on: `price` for each `per` seconds, taken in steps of `step` seconds."""

    start: int = 0
    price: Decimal
    per: int = 60
    step: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Other prices at certain hours. `weekdays` are 1 (Monday) to 7, of the day on which the window begins.

    `holidays`: the window also, or only (no weekdays), begins on holidays. A window whose `until` is not after its
    `since` goes past midnight; equal ones are a whole day. Of several the highest `weight` counts, then the one that
    began last, then holiday over weekday.
    """

    name: str = ""
    weekdays: frozenset[int] = frozenset(range(1, 8))
    holidays: bool = False
    since: time = time(0)
    until: time = time(0)
    weight: int = 10
    slots: tuple[Slot, ...]
    connect_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """All that a price is made of. Money is in the main unit of the deck's currency.

    The first `first` seconds are always taken, then every begun step of the slot (30/6 is first=30, step=6); 0 means
    one step. A call of at most `grace` seconds costs nothing. `minimum` and `maximum` bound the money of one call.
    """

    slots: tuple[Slot, ...]
    connect_fee: Decimal = Decimal(0)
    first: int = 0
    grace: int = 0
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None
    at_maximum: AtMaximum = AtMaximum.FREE
    zero_duration: ZeroDuration = ZeroDuration.SECOND
    rounding: Rounding = field(default_factory=Rounding)
    periods: tuple[Period, ...] = ()
    zone: str = "UTC"
    holidays: frozenset[date] = frozenset()


def check(tariff: Tariff) -> None:
    """Raises Fault where the tariff contradicts itself."""
    for slots in (tariff.slots, *(period.slots for period in tariff.periods)):
        _check_slots(slots, tariff.first)
    for fee in (tariff.connect_fee, tariff.minimum, *(period.connect_fee for period in tariff.periods)):
        if fee < 0:
            raise Fault(gettext_noop("a price below zero: %(price)s"), price=fee)
    for column, seconds in (("grace_seconds", tariff.grace), ("minimum_seconds", tariff.first)):
        if not 0 <= seconds <= LONGEST:
            raise Fault(gettext_noop("seconds must be 0 to %(most)s"), column=column, most=LONGEST)
    places = tariff.rounding.places
    if not 0 <= places <= PLACES:
        raise Fault(gettext_noop("round to 0 to 6 places, not %(places)s"), places=places)
    if tariff.maximum is not None and tariff.maximum < max(tariff.minimum, tariff.connect_fee):
        raise Fault(gettext_noop("the maximum %(price)s is below the minimum or the connect fee"), price=tariff.maximum)
    for bound in (tariff.minimum, tariff.maximum):
        if bound is not None and bound != round(bound, places):
            raise Fault(gettext_noop("%(price)s has more than %(places)s decimals"), price=bound, places=places)
    for period in tariff.periods:
        if not period.weekdays and not period.holidays:
            raise Fault(gettext_noop("a period without days: name weekdays 1 to 7 or holidays"))
        if not period.weekdays <= frozenset(range(1, 8)):
            raise Fault(gettext_noop("weekdays are 1 (Monday) to 7 (Sunday)"))
    try:
        ZoneInfo(tariff.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault(gettext_noop("unknown time zone “%(zone)s”"), zone=tariff.zone) from None


def _check_slots(slots: tuple[Slot, ...], first: int) -> None:
    if not slots or slots[0].start != 0:
        raise Fault(gettext_noop("the first slot must start at second 0"))
    for slot in slots:
        if not (1 <= slot.per <= LONGEST and 1 <= slot.step <= LONGEST):
            raise Fault(gettext_noop("a slot's “per” and “step” are 1 to %(most)s seconds"), most=LONGEST)
        if slot.price < 0:
            raise Fault(gettext_noop("a price below zero: %(price)s"), price=slot.price)
    for before, after in pairwise(slots):
        begin = max(before.start, (first or before.step) if before.start == 0 else 0)
        if after.start <= before.start or after.start < begin or (after.start - begin) % before.step:
            raise Fault(
                gettext_noop("the slot from second %(start)s must begin where a step of the slot before it ends"),
                start=after.start,
            )
