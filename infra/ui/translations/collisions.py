"""One English text, one translation: Django lays all catalogues over each other, so of two only one is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.apps import apps

Key = tuple[str, str, bool]
"""Context, English, and whether it has a plural: what a text is found by."""

_WAY_OUT = (
    "give the rarer meaning a context of its own in the code (pgettext, {% translate … context … %})"
    " and run messages update."
)


def collisions(language: str, catalogs: Mapping[str, Catalog], app: str = "") -> list[str]:
    """Texts of the house (`catalogs` by home) that somebody else's translation replaces.

    With `app` only those it takes part in.
    """
    texts = {home: dict(_texts(catalog)) for home, catalog in catalogs.items()}
    return [*_between(texts, app), *_from_outside(language, texts, app)]


def parts(text: str | Sequence[str]) -> list[str]:
    """A text as the list of its plural forms."""
    return [text] if isinstance(text, str) else list(text)


def _texts(catalog: Catalog) -> Iterator[tuple[Key, str]]:
    for entry in catalog:
        strings = parts(entry.string or "")
        if entry.id and all(strings):
            yield (entry.context or "", parts(entry.id)[0], entry.pluralizable), " | ".join(strings)


def _named(key: Key) -> str:
    return repr(key[1]) + (f" in the context {key[0]!r}" if key[0] else "")


def _between(texts: Mapping[str, Mapping[Key, str]], app: str) -> Iterator[str]:
    said: dict[Key, dict[str, list[str]]] = {}
    for home, catalog in texts.items():
        for key, string in catalog.items():
            said.setdefault(key, {}).setdefault(string, []).append(home)
    for key, ways in sorted(said.items()):
        if len(ways) > 1 and (not app or any(app in homes for homes in ways.values())):
            told = " but ".join(f"{string!r} in {', '.join(sorted(homes))}" for string, homes in ways.items())
            yield (
                f"collision: {_named(key)} is {told}: one replaces the other everywhere."
                f" Write the same text in all of them, or {_WAY_OUT}"
            )


def _from_outside(language: str, texts: Mapping[str, Mapping[Key, str]], app: str) -> Iterator[str]:
    """What a library's app replaces: Django lets LOCALE_PATHS win, then whoever is installed first."""
    installed = [config.name for config in apps.get_app_configs()]
    first: dict[Key, tuple[str, str]] = {}
    for home in sorted(set(texts) - set(installed)):
        first |= {key: (home, string) for key, string in texts[home].items()}
    for config in apps.get_app_configs():
        mine = texts.get(config.name)
        for key, string in (_library(config.path, language) if mine is None else mine).items():
            winner, seen = first.setdefault(key, (config.name, string))
            if mine is not None and winner not in texts and seen != string and app in ("", config.name):
                yield (
                    f"{config.name}: collision: {_named(key)} is {string!r} here, but {winner}, installed before,"
                    f" says {seen!r} and is what everybody sees. Write the same, or {_WAY_OUT}"
                )


def _library(folder: str, language: str) -> dict[Key, str]:
    path = Path(folder) / "locale" / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return dict(_texts(read_po(file, locale=language, charset="utf-8")))
