"""Calls as CSV, and rating a file of them: the short way where a tariff is plain, else the long one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from billing.rating.engine import written
from billing.rating.engine.compiled import Compiled, compiled
from billing.rating.engine.deck import Deck, Rate
from billing.rating.engine.decks import rows
from billing.rating.engine.faults import Fault, refuse
from billing.rating.engine.faults import noop as gettext_noop
from billing.rating.engine.numbers import digits, is_emergency
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.engine.rounding import whole_seconds

COLUMNS = (
    "id", "number", "account", "answered_at", "ended_at", "duration_seconds", "granted_seconds", "bundles",
)  # fmt: skip

FIRST_YEAR, LAST_YEAR = 1971, 9000


@dataclass(frozen=True, slots=True)
class FileCall:
    """One line of a file of calls; `seconds` are whole, `answered_at` None where nobody answered."""

    line: int
    id: str
    number: str
    account: str
    answered_at: datetime | None
    seconds: int
    granted: int | None
    bundles: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A call of the file with what it costs; `rate` None for an emergency call."""

    call: FileCall
    rate: Rate | None
    billed_seconds: int
    bundle_seconds: int
    exact: str
    amount: Decimal


def read_calls(lines: Iterable[str], zone: str = "UTC", wrong: Callable[[Fault], None] = refuse) -> Iterator[FileCall]:
    """Every line as a call; times without a zone are of `zone`. What is wrong with a line goes to `wrong`, and the line
    is passed over. Raises Fault where the file as a whole cannot be read."""
    home = ZoneInfo(zone)
    for line, row in rows(lines, required=("number", "answered_at"), known=COLUMNS):
        try:
            if isinstance(row, Fault):
                raise row
            yield _call(line, row, home)
        except Fault as fault:
            wrong(fault.at(line))


def _call(line: int, row: Mapping[str, str], home: ZoneInfo) -> FileCall:
    get = row.get
    number = row["number"].strip()
    if not is_emergency(number):
        try:
            number = digits(number)
        except Fault as fault:
            raise fault.of("number") from None
    answered = _moment(text, home, "answered_at") if (text := (get("answered_at") or "").strip()) else None
    seconds = _seconds(text) if (text := (get("duration_seconds") or "").strip()) else None
    if seconds is None and answered is not None:
        if not (text := (get("ended_at") or "").strip()):
            raise Fault(gettext_noop("an answered call needs duration_seconds or ended_at"))
        seconds = whole_seconds((_moment(text, home, "ended_at") - answered) // timedelta(milliseconds=1))
        if seconds < 0:
            raise Fault(gettext_noop("the call ends before it is answered"), column="ended_at")
    granted = (get("granted_seconds") or "").strip()
    return FileCall(
        line,
        (get("id") or "").strip(),
        number,
        (get("account") or "").strip(),
        answered,
        seconds or 0,
        written.whole(granted, "granted_seconds") if granted else None,
        (get("bundles") or "").strip(),
    )


def _seconds(text: str) -> int:
    """A duration in seconds, fractions half up."""
    if text.isascii() and text.isdecimal() and len(text) < 8:
        return int(text)
    duration = written.number(text)
    if not duration.is_finite() or not 0 <= duration < 10**7:
        raise Fault(
            gettext_noop("“%(value)s” is no duration in seconds, write 83 or 83.4"),
            column="duration_seconds",
            value=text,
        )
    return whole_seconds(int(duration * 1000))


def _moment(text: str, home: ZoneInfo, column: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Fault(
            gettext_noop("“%(value)s” is no instant, write 2026-01-31T18:00:00Z or with +03:00"),
            column=column,
            value=text,
        )
    return found if found.tzinfo is not None else found.replace(tzinfo=home)


def rate_calls(deck: Deck, calls: Iterable[FileCall], wrong: Callable[[Fault], None] = refuse) -> Iterator[Rated]:
    """Every call with its charge, in the order of the file; bundles run empty from call to call.

    A number that the deck does not know goes to `wrong`: nothing is rated for free by mistake.
    """
    ready = lru_cache(maxsize=None)(compiled)
    tariffs: dict[str, Compiled] = {}
    stock: dict[str, tuple[Lot, tuple[str, ...]]] = {}
    find = deck.find
    for call in calls:
        rate = find(call.number)
        if is_emergency(call.number):
            yield Rated(call, None, 0, 0, "0", Decimal(0))
            continue
        if rate is None:
            text = gettext_noop("the deck has no prefix for %(number)s")
            wrong(Fault(text, line=call.line, column="number", number=call.number))
            continue
        tariff = tariffs.get(rate.prefix) or tariffs.setdefault(rate.prefix, ready(rate.tariff))
        if call.bundles or not tariff.plain:
            try:
                yield _long_way(call, rate, tariff, stock)
            except Fault as fault:
                wrong(fault.of("bundles").at(call.line))
        elif call.answered_at is None:
            yield Rated(call, rate, 0, 0, "0", tariff.amount(0))
        else:
            seconds = call.seconds if call.granted is None else min(call.seconds, call.granted)
            money, billed = tariff.short_way(seconds)
            yield Rated(call, rate, billed, 0, tariff.exact_text(money), tariff.amount(tariff.quanta(money)))


def _long_way(call: FileCall, rate: Rate, tariff: Compiled, stock: dict[str, tuple[Lot, tuple[str, ...]]]) -> Rated:
    lots = _lots(call, rate, stock) if call.bundles else []
    charge = rate_call(tariff, call.answered_at, call.seconds, lots, call.granted)
    for name, seconds in charge.lots:
        lot, destinations = stock[name]
        stock[name] = (replace(lot, seconds=lot.seconds - seconds), destinations)
    exact = tariff.exact_text(tariff.units(charge.exact))
    return Rated(call, rate, charge.billed_seconds, charge.bundle_seconds, exact, charge.amount)


def _lots(call: FileCall, rate: Rate, stock: dict[str, tuple[Lot, tuple[str, ...]]]) -> list[Lot]:
    """The call's bundles: objects bring a bundle in (the first time counts), names use one that is there."""
    listed: Any = written.parse(call.bundles)
    if not isinstance(listed, list):
        raise Fault(gettext_noop("%(name)s: give a list […]"), name="bundles")
    found = []
    for item in listed:
        name = str(item.get("id", "")) if isinstance(item, dict) else str(item)
        if not name:
            raise Fault(gettext_noop("a bundle needs an “id”"))
        if name not in stock:
            if not isinstance(item, dict):
                raise Fault(gettext_noop("no line before this one brings the bundle “%(name)s” in"), name=name)
            reach = item.get("destinations", [])
            if not isinstance(reach, list):
                raise Fault(gettext_noop("%(name)s: give a list […]"), name="destinations")
            stock[name] = (written.lot_from(item), tuple(str(place) for place in reach))
        lot, destinations = stock[name]
        if serves(destinations, rate, call.number):
            found.append(lot)
    return found


def serves(destinations: Iterable[str], rate: Rate, number: str) -> bool:
    """Whether a bundle for `destinations` (prefixes of digits, or groups of the deck; none: everywhere) serves."""
    places = tuple(destinations)
    return not places or any(number.startswith(place) if place.isdecimal() else place == rate.group for place in places)
