"""The plans side by side: every limit and feature of the house, under the module it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from billing.domain.offers import Offer, OfferLine
from infra.kit.errors import Text
from infra.kit.registry import registry

# What a plan's card names before all else; the rest is in the table.
HEADLINES = (
    "people.seats",
    "people.guests",
    "portals.disk_bytes",
    "sites.published",
    "portals.domains",
    "crm.pipelines",
    "crm.rules",
)


@dataclass(frozen=True)
class Row:
    """One line of the table: a limit or feature, and what each plan gives of it."""

    title: Text
    cells: tuple[OfferLine, ...]


@dataclass(frozen=True)
class Group:
    """The lines of one module."""

    title: Text
    icon: str
    rows: tuple[Row, ...]


def usual_currency() -> str:
    """In which prices are shown to who has not chosen: by the language of the page."""
    return "RUB" if (get_language() or "").startswith("ru") else "USD"


def headlines(offer: Offer) -> list[OfferLine]:
    """The few lines that tell plans apart at a glance, in the order of HEADLINES."""
    by_key = {line.key: line for line in offer.lines}
    return [by_key[key] for key in HEADLINES if key in by_key]


def comparison(offers: Sequence[Offer]) -> list[Group]:
    """All lines of all `offers`, grouped by module; people and the portal come first, modules in the menu's order."""
    if not offers:
        return []
    rows: dict[str, list[Row]] = {}
    for cells in zip(*(offer.lines for offer in offers), strict=True):
        rows.setdefault(cells[0].key.partition(".")[0], []).append(Row(cells[0].title, cells))
    first = ("people", "portals")
    slugs = sorted(
        rows, key=lambda slug: (slug not in first, registry.modules[slug].always_on, list(registry.modules).index(slug))
    )
    return [Group(registry.modules[slug].title, registry.modules[slug].icon, tuple(rows[slug])) for slug in slugs]
