"""The left menu as a person arranged it."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kit.access import Actor
from infra.kit.registry import registry
from infra.kit.spec import NavEntry
from infra.ui.domain.preferences import preference, set_preference

KEY = "menu"


def arranged(actor: Actor, entries: Sequence[NavEntry], *, with_hidden: bool = False) -> list[NavEntry]:
    """`entries` in the person's order without the hidden ones; what is new to them comes last, in the house's order."""
    kept = preference(actor, KEY, {})
    places = {key: place for place, key in enumerate(kept.get("order", []))}
    hidden = set() if with_hidden else set(kept.get("hidden", []))
    return sorted(
        (entry for entry in entries if entry.key not in hidden),
        key=lambda entry: (places.get(entry.key, len(places)), entry.order),
    )


def hidden_keys(actor: Actor) -> frozenset[str]:
    """Keys of the entries the person hid."""
    return frozenset(preference(actor, KEY, {}).get("hidden", []))


def arrange_menu(*, actor: Actor, order: Sequence[str], hidden: Sequence[str]) -> None:
    """Keep the order and the hidden entries; keys nobody declares are dropped."""
    known = {entry.key for entry in registry.nav}
    set_preference(
        actor=actor,
        key=KEY,
        value={"order": [key for key in order if key in known], "hidden": [key for key in hidden if key in known]},
    )
