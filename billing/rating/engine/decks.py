"""Decks as CSV: one line a prefix; what is more than a price per minute stands in JSON columns (README.md)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from billing.rating.engine import written
from billing.rating.engine.compiled import compiled
from billing.rating.engine.deck import Deck, Rate
from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop
from billing.rating.engine.numbers import digits
from billing.rating.engine.rounding import Rounding
from billing.rating.engine.tariff import AtMaximum, Slot, Tariff, ZeroDuration

COLUMNS = (
    "prefix", "destination", "rate_per_minute", "connect_fee", "increment_seconds", "minimum_seconds",
    "grace_seconds", "minimum_charge", "maximum_charge", "at_maximum", "zero_duration", "route", "group",
    "cost_per_minute", "slots", "periods", "rounding",
)  # fmt: skip
Value = TypeVar("Value")
ROUTES = ("standard", "mobile", "toll_free", "premium", "satellite")
_TELLING = (
    ("premium", "premium"),
    ("personal", "premium"),
    ("shared", "premium"),
    ("satellite", "satellite"),
    ("toll-free", "toll_free"),
    ("mobile", "mobile"),
)
PREMIUM_BY_PREFIX = ("870", "878", "881", "882", "883", "979", "808")
"""ITU codes of satellites, international networks and premium services (E.164 assignments)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a deck says once for all its lines."""

    zone: str = "UTC"
    holidays: frozenset[date] = frozenset()
    rounding: Rounding = field(default_factory=Rounding)


def read_deck(lines: Iterable[str], defaults: Defaults | None = None) -> Deck:
    """The deck in `lines` of CSV. Raises Fault, with the line, at the first thing that is wrong."""
    rates: list[Rate] = []
    for found in read_rates(lines, defaults or Defaults()):
        if isinstance(found, Fault):
            raise found
        rates.append(found)
    if not rates:
        raise Fault(gettext_noop("the deck has no rates"))
    return Deck(rates)


def read_rates(lines: Iterable[str], defaults: Defaults) -> Iterator[Rate | Fault]:
    """Every line as a rate or as what is wrong with it, a prefix that comes twice included. Raises Fault (header)."""
    seen: dict[str, int] = {}
    for line, row in rows(lines, required=("prefix", "destination"), known=COLUMNS):
        if isinstance(row, Fault):
            yield row
            continue
        try:
            rate = replace(rate_from(row, defaults), line=line)
            if rate.prefix in seen:
                raise Fault(
                    gettext_noop("prefix %(prefix)s stands on line %(other)s already"),
                    prefix=rate.prefix,
                    other=seen[rate.prefix],
                    column="prefix",
                )
            seen[rate.prefix] = line
            yield rate
        except Fault as fault:
            yield fault.at(line)


def rows(
    lines: Iterable[str], *, required: tuple[str, ...], known: tuple[str, ...]
) -> Iterator[tuple[int, Mapping[str, str] | Fault]]:
    """CSV lines with their number as column → text, or as what is wrong with a line that has more or fewer columns than
    the header. Comma, semicolon or tab; a byte-order mark is passed over.

    Raises Fault for an empty file, a header without the `required` columns, unknown columns, and what is no CSV.
    """
    source = iter(lines)
    head = next(source, "").lstrip("\ufeff")
    comma = max(",;\t", key=head.count)
    try:
        names = [name.strip().lower() for name in next(csv.reader([head], delimiter=comma, strict=True), [])]
    except csv.Error as error:
        raise Fault(gettext_noop("this is no CSV: %(error)s"), line=1, error=error) from None
    if not any(names):
        raise Fault(gettext_noop("the first line must name the columns: %(known)s"), line=1, known=", ".join(known))
    for name in required:
        if name not in names:
            raise Fault(gettext_noop("the column “%(name)s” is missing"), line=1, name=name)
    for name in names:
        if name not in known or names.count(name) > 1:
            raise Fault(
                gettext_noop("the column “%(name)s” is unknown or there twice; known are: %(known)s"),
                line=1,
                name=name,
                known=", ".join(known),
            )
    reader = csv.reader(source, delimiter=comma, strict=True)
    try:
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            line = reader.line_num + 1
            if len(values) == len(names):
                yield line, dict(zip(names, values, strict=True))
                continue
            text = gettext_noop("%(found)s columns where the header has %(wanted)s")
            yield line, Fault(text, line=line, found=len(values), wanted=len(names))
    except csv.Error as error:
        raise Fault(gettext_noop("this is no CSV: %(error)s"), line=reader.line_num + 1, error=error) from None


def rate_from(row: Mapping[str, str], defaults: Defaults) -> Rate:
    """One line of a deck. Raises Fault."""

    def given(name: str) -> str:
        return (row.get(name) or "").strip()

    prefix, destination = _prefix(given("prefix")), given("destination")
    if not destination:
        raise Fault(gettext_noop("the destination of %(prefix)s has no name"), column="destination", prefix=prefix)
    step = written.whole(given("increment_seconds") or 60, "increment_seconds")
    if given("slots"):
        if given("rate_per_minute"):
            raise Fault(gettext_noop("give rate_per_minute or slots, not both"))
        slots = in_column("slots", given("slots"), lambda value: written.slots_from(value, step=step))
    else:
        slots = (Slot(price=written.money(given("rate_per_minute"), "rate_per_minute"), step=step),)
    tariff = Tariff(
        slots=slots,
        connect_fee=written.money(given("connect_fee") or 0, "connect_fee"),
        first=written.whole(given("minimum_seconds") or 0, "minimum_seconds"),
        grace=written.whole(given("grace_seconds") or 0, "grace_seconds"),
        minimum=written.money(given("minimum_charge") or 0, "minimum_charge"),
        maximum=written.money(given("maximum_charge"), "maximum_charge") if given("maximum_charge") else None,
        at_maximum=written.word(given("at_maximum") or "free", "at_maximum", AtMaximum),
        zero_duration=written.word(given("zero_duration") or "second", "zero_duration", ZeroDuration),
        rounding=in_column("rounding", given("rounding"), written.rounding_from)
        if given("rounding")
        else defaults.rounding,
        zone=defaults.zone,
        holidays=defaults.holidays,
    )
    if given("periods"):
        periods = in_column("periods", given("periods"), lambda value: written.periods_from(value, tariff))
        tariff = replace(tariff, periods=periods)
    compiled(tariff)
    return Rate(
        prefix=prefix,
        destination=destination[:120],
        tariff=tariff,
        route=_route(given("route"), prefix, destination),
        group=given("group")[:60],
        cost=_cost(given("cost_per_minute")),
    )


def _prefix(text: str) -> str:
    try:
        return digits(text)
    except Fault as fault:
        raise fault.of("prefix") from None


def in_column(column: str, text: str, read: Callable[[Any], Value]) -> Value:
    """What `read` makes of the JSON in a column. Raises Fault, naming the column."""
    try:
        return read(written.parse(text))
    except Fault as fault:
        raise fault.of(column) from None


def _cost(text: str) -> Decimal | None:
    return written.money(text, "cost_per_minute") if text else None


def _route(text: str, prefix: str, destination: str) -> str:
    """The class of a destination: as the deck says, else by the words of its name and the world's premium codes."""
    if text:
        if text not in ROUTES:
            raise Fault(
                gettext_noop("%(name)s: “%(value)s” is none of %(words)s"),
                name="route",
                value=text,
                words=", ".join(ROUTES),
            )
        return text
    name = destination.casefold()
    for sign, route in _TELLING:
        if sign in name:
            return route
    return "premium" if prefix.startswith(PREMIUM_BY_PREFIX) else "standard"
