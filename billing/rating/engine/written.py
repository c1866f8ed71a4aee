"""Tariffs and bundles as JSON: in the columns of decks, and in the snapshot that every call keeps.

Amounts are strings ("0.72") or numbers, read exactly; hours are "18:00"; days are 1 (Monday) to 7.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation, localcontext
from enum import StrEnum
from typing import Any, TypeVar

from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop
from billing.rating.engine.rating import Lot
from billing.rating.engine.rounding import Mode, Rounding
from billing.rating.engine.tariff import AtMaximum, Period, Slot, Tariff, ZeroDuration

Word = TypeVar("Word", bound=StrEnum)
_COMMA = re.compile(r"[0-9]+,[0-9]+")


def parse(text: str) -> Any:
    """JSON with exact numbers. Raises Fault."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Fault(gettext_noop("“%(value)s” is no JSON"), value=text[:60]) from None


def money(value: Any, name: str) -> Decimal:
    """An amount of 0 or more with at most 10 decimals. Raises Fault."""
    if isinstance(value, str) and _COMMA.fullmatch(value.strip()):
        raise Fault(gettext_noop("%(name)s: write “%(value)s” with a point, as 0.72"), name=name, value=value)
    amount = number(str(value))
    if not amount.is_finite() or amount < 0 or amount >= 10**9 or isinstance(value, bool):
        raise Fault(gettext_noop("%(name)s: “%(value)s” is no price"), name=name, value=value)
    if int(amount.as_tuple().exponent) < -10:
        raise Fault(gettext_noop("%(name)s: at most 10 decimals, not “%(value)s”"), name=name, value=value)
    return amount


def number(text: str) -> Decimal:
    """The decimal number in `text`, written in plain digits; NaN where it is none."""
    try:
        return Decimal(text.strip()) if text.isascii() and "_" not in text else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN")


def whole(value: Any, name: str) -> int:
    """A whole number of 0 or more. Raises Fault."""
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise Fault(gettext_noop("%(name)s: “%(value)s” is no whole number"), name=name, value=value)
    return int(text)


def word(value: Any, name: str, kind: type[Word]) -> Word:
    """One of the words of `kind`. Raises Fault."""
    try:
        return kind(str(value).strip().lower())
    except ValueError:
        words = ", ".join(item.value for item in kind)
        raise Fault(
            gettext_noop("%(name)s: “%(value)s” is none of %(words)s"), name=name, value=value, words=words
        ) from None


def _only(value: Any, name: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Fault(gettext_noop("%(name)s: give an object {…}"), name=name)
    if unknown := set(value) - known:
        raise Fault(gettext_noop("%(name)s: nobody knows “%(value)s”"), name=name, value=sorted(unknown)[0])
    return value


def slots_from(value: Any, *, step: int = 60) -> tuple[Slot, ...]:
    """`[{"from": 0, "price": "0.72", "per": 60, "step": 60}, …]`. Raises Fault."""
    if not isinstance(value, list) or not value:
        raise Fault(gettext_noop("%(name)s: give a list […]"), name="slots")
    found = []
    for item in value:
        data = _only(item, "slots", {"from", "price", "per", "step"})
        found.append(
            Slot(
                start=whole(data.get("from", 0), "from"),
                price=money(data.get("price", ""), "price"),
                per=whole(data.get("per", 60), "per"),
                step=whole(data.get("step", step), "step"),
            )
        )
    return tuple(found)


def rounding_from(value: Any) -> Rounding:
    """`{"mode": "half_up", "places": 4}`. Raises Fault."""
    data = _only(value, "rounding", {"mode", "places"})
    return Rounding(
        mode=word(data.get("mode", Mode.HALF_UP), "mode", Mode), places=whole(data.get("places", 4), "places")
    )


def _clock(value: Any) -> time:
    try:
        return time(0) if value == "24:00" else time.fromisoformat(str(value))
    except ValueError:
        raise Fault(gettext_noop("“%(value)s” is no time of day, write 18:00"), value=value) from None


def day(value: Any) -> date:
    """A day as 2026-01-31. Raises Fault."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Fault(gettext_noop("“%(value)s” is no day, write 2026-01-31"), value=value) from None


_PERIOD = {"name", "weekdays", "holidays", "from", "to", "weight", "slots", "factor", "rate_per_minute", "connect_fee"}


def periods_from(value: Any, base: Tariff) -> tuple[Period, ...]:
    """`[{"name": "night", "weekdays": [1,2,3,4,5], "from": "18:00", "to": "08:00", "weight": 10, "factor": "0.5"}, …]`.

    A period has its own "slots", or a "rate_per_minute", or a "factor" on the base's prices. Raises Fault.
    """
    if not isinstance(value, list):
        raise Fault(gettext_noop("%(name)s: give a list […]"), name="periods")
    found = []
    for item in value:
        data = _only(item, "periods", _PERIOD)
        days = data.get("weekdays", [] if data.get("holidays") else list(range(1, 8)))
        if not isinstance(days, list):
            raise Fault(gettext_noop("%(name)s: give a list […]"), name="weekdays")
        if "slots" in data:
            slots = slots_from(data["slots"], step=base.slots[0].step)
        elif "rate_per_minute" in data:
            slots = (Slot(price=money(data["rate_per_minute"], "rate_per_minute"), step=base.slots[-1].step),)
        else:
            slots = scaled(base.slots, money(data.get("factor", 1), "factor"))
        found.append(
            Period(
                name=str(data.get("name", ""))[:60],
                weekdays=frozenset(whole(item, "weekdays") for item in days),
                holidays=data.get("holidays") is True,
                since=_clock(data.get("from", "00:00")),
                until=_clock(data.get("to", "24:00")),
                weight=whole(data.get("weight", 10), "weight"),
                slots=slots,
                connect_fee=money(data.get("connect_fee", base.connect_fee), "connect_fee"),
            )
        )
    return tuple(found)


def times(amount: Decimal, factor: Decimal) -> Decimal:
    """The product, exact, without zeros at its end."""
    with localcontext() as context:
        context.prec = 60
        product = (amount * factor).normalize()
        return product if product.as_tuple().exponent <= 0 else product.quantize(Decimal(1))  # type: ignore[operator]  # no NaN gets here


def scaled(slots: tuple[Slot, ...], factor: Decimal) -> tuple[Slot, ...]:
    """The slots with every price times `factor`, exact."""
    return tuple(
        Slot(start=slot.start, price=times(slot.price, factor), per=slot.per, step=slot.step) for slot in slots
    )


def lot_from(value: Any) -> Lot:
    """`{"id": "pack-1", "seconds": 600, "step": 60, "weight": 10, "expires_at": "…Z", "covers_fee": false}`."""
    known = {"id", "seconds", "step", "weight", "expires_at", "age", "covers_fee", "destinations"}
    data = _only(value, "bundles", known)
    ends = data.get("expires_at")
    return Lot(
        id=str(data.get("id", "")),
        seconds=whole(data.get("seconds", ""), "seconds"),
        step=max(whole(data.get("step", 1), "step"), 1),
        weight=whole(data.get("weight", 10), "weight"),
        expires_at=moment(ends) if ends else None,
        age=whole(data.get("age", 0), "age"),
        covers_fee=data.get("covers_fee") is True,
    )


def moment(value: Any) -> datetime:
    """An instant as 2026-01-31T18:00:00Z, with its zone. Raises Fault."""
    try:
        found = datetime.fromisoformat(str(value).strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Fault(gettext_noop("“%(value)s” is no instant, write 2026-01-31T18:00:00Z or with +03:00"), value=value)
    return found


def lot_to(lot: Lot) -> dict[str, Any]:
    """The lot as `lot_from` reads it."""
    return {
        "id": lot.id,
        "seconds": lot.seconds,
        "step": lot.step,
        "weight": lot.weight,
        "expires_at": lot.expires_at.isoformat() if lot.expires_at else None,
        "age": lot.age,
        "covers_fee": lot.covers_fee,
    }


def tariff_to(tariff: Tariff) -> dict[str, Any]:
    """The tariff as JSON, complete: `tariff_from` gives the equal one back."""
    return {
        "slots": [_slot(slot) for slot in tariff.slots],
        "connect_fee": str(tariff.connect_fee),
        "first": tariff.first,
        "grace": tariff.grace,
        "minimum": str(tariff.minimum),
        "maximum": None if tariff.maximum is None else str(tariff.maximum),
        "at_maximum": tariff.at_maximum.value,
        "zero_duration": tariff.zero_duration.value,
        "rounding": {"mode": tariff.rounding.mode.value, "places": tariff.rounding.places},
        "periods": [
            {
                "name": period.name,
                "weekdays": sorted(period.weekdays),
                "holidays": period.holidays,
                "from": period.since.isoformat(),
                "to": period.until.isoformat(),
                "weight": period.weight,
                "slots": [_slot(slot) for slot in period.slots],
                "connect_fee": str(period.connect_fee),
            }
            for period in tariff.periods
        ],
        "zone": tariff.zone,
        "holidays": sorted(item.isoformat() for item in tariff.holidays),
    }


def _slot(slot: Slot) -> dict[str, Any]:
    return {"from": slot.start, "price": str(slot.price), "per": slot.per, "step": slot.step}


def tariff_from(data: Mapping[str, Any]) -> Tariff:
    """The tariff that `tariff_to` wrote. Raises Fault."""
    base = Tariff(
        slots=slots_from(data["slots"]),
        connect_fee=Decimal(data["connect_fee"]),
        first=data["first"],
        grace=data["grace"],
        minimum=Decimal(data["minimum"]),
        maximum=None if data["maximum"] is None else Decimal(data["maximum"]),
        at_maximum=AtMaximum(data["at_maximum"]),
        zero_duration=ZeroDuration(data["zero_duration"]),
        rounding=rounding_from(data["rounding"]),
        zone=data["zone"],
        holidays=frozenset(day(item) for item in data["holidays"]),
    )
    return replace(base, periods=periods_from(data["periods"], base))
