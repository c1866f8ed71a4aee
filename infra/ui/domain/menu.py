"""The left menu as a person arranged it: pinned entries on top, hidden ones only under "More"."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kit.access import Actor
from infra.kit.errors import NotFound
from infra.kit.registry import registry
from infra.kit.spec import NavEntry
from infra.ui.domain.preferences import preference, set_preference

KEY = "menu"


def arranged(actor: Actor, entries: Sequence[NavEntry], *, with_hidden: bool = False) -> list[NavEntry]:
    """`entries` in the person's order, pinned ones first, without the hidden ones; what is new to them comes last, in
    the house's order."""
    kept = preference(actor, KEY, {})
    places = {key: place for place, key in enumerate(kept.get("order", []))}
    hidden, pinned = set(kept.get("hidden", [])), set(kept.get("pinned", []))

    def is_shown(entry: NavEntry) -> bool:
        return entry.key not in hidden and (entry.shown or entry.key in places or entry.key in pinned)

    return sorted(
        (entry for entry in entries if with_hidden or is_shown(entry)),
        key=lambda entry: (entry.key not in pinned, places.get(entry.key, len(places)), entry.order),
    )


def hidden_keys(actor: Actor) -> frozenset[str]:
    """Keys of the entries the person hid."""
    return frozenset(preference(actor, KEY, {}).get("hidden", []))


def pinned_keys(actor: Actor) -> frozenset[str]:
    """Keys of the entries the person pinned."""
    return frozenset(preference(actor, KEY, {}).get("pinned", []))


def arrange_menu(*, actor: Actor, order: Sequence[str], hidden: Sequence[str], pinned: Sequence[str] = ()) -> None:
    """Keep order, hidden and pinned entries; keys nobody declares are dropped, and what is hidden is not pinned."""
    known = {entry.key for entry in registry.nav_here()}
    away = [key for key in hidden if key in known]
    set_preference(
        actor=actor,
        key=KEY,
        value={
            "order": [key for key in order if key in known],
            "hidden": away,
            "pinned": [key for key in pinned if key in known and key not in away],
        },
    )


def pin_entry(*, actor: Actor, key: str, pinned: bool) -> None:
    """Put one entry among the pinned ones, or back; a hidden one appears again. Raises NotFound."""
    if key not in {entry.key for entry in registry.nav_here()}:
        raise NotFound
    kept = preference(actor, KEY, {})
    others = [one for one in kept.get("pinned", []) if one != key]
    arrange_menu(
        actor=actor,
        order=kept.get("order", []),
        hidden=[one for one in kept.get("hidden", []) if one != key],
        pinned=[*others, key] if pinned else others,
    )
