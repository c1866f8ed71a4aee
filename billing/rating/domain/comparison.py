"""What a new deck would change: against the deck in force when it begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.rating.engine.deck import Deck as Prefixes
from billing.rating.engine.deck import Rate
from billing.rating.engine.tariff import Tariff
from billing.rating.models import Deck

JUMP = Decimal("0.5")
"""A price that moves by more than this share is pointed out."""
SHOWN = 200


def compare(deck: Deck) -> dict[str, Any]:
    """The report of a deck that could be read: counts, and for the operator's eye at most SHOWN of each kind.

    `missing`: prefixes of the deck in force that the new one lacks, with the prefix that would answer instead ("" for
    none: such calls would be refused). `jumps`: first-minute prices that move by more than half. `below_cost`: rates
    under the carrier's price. `overlap`: active decks of the currency whose validity this one would cut.
    """
    rows = {row.prefix: row for row in deck.rates.all()}
    old = _in_force(deck)
    before = {row.prefix: row for row in old.rates.all()} if old is not None else {}
    finder = Prefixes(_bare(prefix) for prefix in rows)
    missing, jumps = [], []
    for prefix, row in sorted(before.items()):
        new = rows.get(prefix)
        if new is None:
            instead = finder.find(prefix)
            missing.append([prefix, row.destination, instead.prefix if instead else ""])
        elif abs(new.price - row.price) > JUMP * row.price:
            jumps.append([prefix, new.destination, _text(row.price), _text(new.price)])
    changed = [prefix for prefix, row in rows.items() if prefix in before and row.tariff != before[prefix].tariff]
    below = [
        [prefix, row.destination, _text(row.price), _text(row.cost)]
        for prefix, row in sorted(rows.items())
        if row.cost is not None and row.price < row.cost
    ]
    return {
        "against": {"id": old.pk, "name": old.name} if old is not None else None,
        "added": len(rows.keys() - before.keys()),
        "changed": len(changed),
        "same": len(rows.keys() & before.keys()) - len(changed),
        "missing": missing[:SHOWN],
        "missing_count": len(missing),
        "jumps": jumps[:SHOWN],
        "jump_count": len(jumps),
        "below_cost": below[:SHOWN],
        "below_cost_count": len(below),
        "overlap": [str(item) for item in _overlapping(deck)],
    }


def _bare(prefix: str) -> Rate:
    return Rate(prefix=prefix, destination="", tariff=Tariff(slots=()))


def _in_force(deck: Deck) -> Deck | None:
    active = Deck.objects.filter(currency=deck.currency, state=Deck.State.ACTIVE).exclude(pk=deck.pk)
    found: Deck | None = active.filter(valid_from__lte=deck.valid_from).order_by("-valid_from").first()
    return found or active.order_by("valid_from").first()


def _overlapping(deck: Deck) -> list[Deck]:
    rows = Deck.objects.filter(currency=deck.currency, state=Deck.State.ACTIVE, valid_from__gte=deck.valid_from)
    return list(rows.exclude(pk=deck.pk).order_by("valid_from"))


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount.normalize(), "f")
