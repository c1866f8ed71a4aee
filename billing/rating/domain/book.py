"""The price book of this process: active decks, mark-ups and portals' own rates, dropped when any process changes them.

A deck's rates never change once it is active, so they are read once; which deck counts, and what differs for a portal,
is read again after an announcement (`infra.db.changes`), at the latest after KEPT_SECONDS.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connections
from django.db.models import Q

from billing.domain import memory
from billing.rating.engine import written
from billing.rating.engine.deck import Deck as Prefixes
from billing.rating.engine.deck import Rate
from billing.rating.engine.tariff import Tariff
from billing.rating.models import Deck, Markup, OwnRate
from infra.db import changes

KEPT_SECONDS = 60.0
CHANNEL = "rating"
"""What is announced when decks, mark-ups or own rates change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a call to a number costs now, and why: `source` is "own" or "deck", `markup` the percent on the deck."""

    rate: Rate
    tariff: Tariff
    source: str
    markup: Decimal
    deck_id: int | None
    deck_name: str
    margin: Decimal
    cost: Decimal | None

    def snapshot(self) -> dict[str, Any]:
        """What a call keeps of it: enough to rate it again in ten years."""
        return {
            "tariff": written.tariff_to(self.tariff),
            "source": self.source,
            "markup": str(self.markup),
            "deck": self.deck_id,
            "deck_name": self.deck_name,
        }


@dataclass(frozen=True, slots=True)
class _Validity:
    since: datetime
    until: datetime | None
    deck_id: int
    name: str
    margin: Decimal


@dataclass(frozen=True, slots=True)
class _Terms:
    """What differs for one portal."""

    markup: Decimal
    own: tuple[tuple[datetime, datetime | None, str, Rate], ...]


_prefixes: dict[int, Prefixes] = {}
_validity: dict[str, tuple[float, list[_Validity]]] = {}
_terms: dict[int, tuple[float, _Terms]] = {}
_marked: dict[tuple[int, str, Decimal], Tariff] = {}
_heard = 0


@changes.on_change
def forget(schema: str) -> None:
    """Something changed: what is read next is read from the database."""
    global _heard
    if schema in (CHANNEL, changes.EVERYTHING):
        _heard += 1
        _validity.clear()
        _terms.clear()


def changed() -> None:
    """Tell every process, at commit, that prices changed."""
    changes.announce(CHANNEL)


def price_of(*, portal_id: int, schema: str, currency: str, number: str, at: datetime) -> Priced | None:
    """The price of a call to `number` (digits) that a portal starts at `at`; None for an unknown destination.

    The portal's own rate goes before the deck; of each the longest prefix counts.
    """
    changes.hear()
    terms = _terms_of(portal_id, schema)
    own = [rate for since, until, money, rate in terms.own if money == currency and _holds(since, until, at)]
    if own and (found := Prefixes(own).find(number)) is not None:
        return Priced(
            rate=found, tariff=found.tariff, source="own", markup=Decimal(0), deck_id=None, deck_name="",
            margin=Decimal(0), cost=found.cost,
        )  # fmt: skip
    valid = deck_at(currency, at)
    if valid is None:
        return None
    rate = _deck(valid.deck_id).find(number)
    if rate is None:
        return None
    return Priced(
        rate=rate,
        tariff=_with_markup(valid.deck_id, rate, terms.markup),
        source="deck",
        markup=terms.markup,
        deck_id=valid.deck_id,
        deck_name=valid.name,
        margin=valid.margin,
        cost=rate.cost,
    )


def deck_at(currency: str, at: datetime) -> _Validity | None:
    """The deck of `currency` in force at `at`."""
    holding = [valid for valid in _validities(currency) if _holds(valid.since, valid.until, at)]
    return max(holding, key=lambda valid: valid.since, default=None)


def rate_by(deck_id: int, number: str, markup: Decimal) -> tuple[Rate, Tariff] | None:
    """The rate and marked-up tariff of `number` in one deck, whatever its dates: for re-rating."""
    rate = _deck(deck_id).find(number)
    return None if rate is None else (rate, _with_markup(deck_id, rate, markup))


def prefixes_of(deck_id: int) -> Mapping[str, Rate]:
    """All rates of a deck."""
    return _deck(deck_id).rates


def _holds(since: datetime, until: datetime | None, at: datetime) -> bool:
    return since <= at and (until is None or at < until)


def _keepable(heard: int) -> bool:
    return heard == _heard and not connections["default"].in_atomic_block


def _validities(currency: str) -> list[_Validity]:
    kept = _validity.get(currency)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    heard = _heard
    found = [
        _Validity(deck.valid_from, deck.valid_until, deck.pk, deck.name, deck.margin)
        for deck in Deck.objects.filter(currency=currency, state=Deck.State.ACTIVE)
    ]
    if _keepable(heard):
        _validity[currency] = (time.monotonic() + KEPT_SECONDS, found)
    return found


def _deck(deck_id: int) -> Prefixes:
    kept = _prefixes.get(deck_id)
    if kept is not None:
        return kept
    deck = Deck.objects.get(pk=deck_id)
    found = Prefixes(
        Rate(
            prefix=row.prefix, destination=row.destination, tariff=written.tariff_from(row.tariff), route=row.route,
            group=row.group, cost=row.cost,
        )
        for row in deck.rates.all().iterator()
    )  # fmt: skip
    if deck.state == Deck.State.ACTIVE and not connections["default"].in_atomic_block:
        _prefixes[deck_id] = found
    return found


def _terms_of(portal_id: int, schema: str) -> _Terms:
    kept = _terms.get(portal_id)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    heard = _heard
    rows = OwnRate.objects.filter(portal_id=portal_id).filter(
        Q(valid_until=None) | Q(valid_until__gt=datetime.now(UTC))
    )
    found = _Terms(
        _markup_of(portal_id, schema),
        tuple(
            (
                row.valid_from,
                row.valid_until,
                row.currency,
                Rate(
                    prefix=row.prefix, destination=row.destination, tariff=written.tariff_from(row.tariff),
                    route=row.route, cost=row.cost,
                ),
            )
            for row in rows
        ),
    )  # fmt: skip
    if _keepable(heard):
        _terms[portal_id] = (time.monotonic() + KEPT_SECONDS, found)
    return found


def _markup_of(portal_id: int, schema: str) -> Decimal:
    """The portal's own, else its plan's, else the one for all, else none."""
    plan = memory.entitlements(schema).plan
    rows = Markup.objects.filter(Q(portal_id=portal_id) | Q(portal=None, plan__in=["", plan]))
    closest = max(rows, key=lambda row: (row.portal_id is not None, row.plan != ""), default=None)
    return Decimal(0) if closest is None else closest.percent


def _with_markup(deck_id: int, rate: Rate, percent: Decimal) -> Tariff:
    """The rate's tariff with `percent` on every price, fee and bound; exact."""
    if not percent:
        return rate.tariff
    key = (deck_id, rate.prefix, percent)
    kept = _marked.get(key)
    if kept is None:
        if len(_marked) > 50_000:
            _marked.clear()
        kept = _marked[key] = marked_up(rate.tariff, percent)
    return kept


def marked_up(tariff: Tariff, percent: Decimal) -> Tariff:
    """`tariff` with `percent` on prices and fees. The bounds of a call's price are rounded up to its places."""
    factor = 1 + percent.scaleb(-2)
    step = Decimal(1).scaleb(-tariff.rounding.places)

    def bound(amount: Decimal) -> Decimal:
        return written.times(amount, factor).quantize(step, rounding="ROUND_CEILING")

    return replace(
        tariff,
        slots=written.scaled(tariff.slots, factor),
        connect_fee=written.times(tariff.connect_fee, factor),
        minimum=bound(tariff.minimum),
        maximum=None if tariff.maximum is None else bound(tariff.maximum),
        periods=tuple(
            replace(
                period,
                slots=written.scaled(period.slots, factor),
                connect_fee=written.times(period.connect_fee, factor),
            )
            for period in tariff.periods
        ),
    )
