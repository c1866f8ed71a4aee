"""Catalogues: one `.po` per app and language, brought up to date, checked, compiled."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from infra.ui.translations.collisions import collisions, parts
from infra.ui.translations.extraction import Home, Message, gather, homes

_NAMED = re.compile(r"%\((\w+)\)[sd]|(?<![{$])\{(\w+)\}(?!\})")


def po_path(home: Home, language: str) -> Path:
    """Where the app keeps its texts in `language`."""
    return home.path / "locale" / language / "LC_MESSAGES" / "django.po"


def read(home: Home, language: str) -> Catalog:
    """The app's texts in `language`; empty where there is no file yet."""
    path = po_path(home, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def _template(messages: list[Message]) -> Catalog:
    catalog = Catalog()
    for message in messages:
        text = (message.text, message.plural) if message.plural else message.text
        catalog.add(text, locations=[(message.file, 0)], context=message.context or None)
    return catalog


def update(language: str, app: str = "") -> list[Path]:
    """Bring every app's file to what the code says: new texts empty, those that are gone dropped.

    With `app` only that one (`modules.crm`). Answers what changed.
    """
    changed = []
    gathered = gather()
    for home in homes():
        if app and home.name != app:
            continue
        path = po_path(home, language)
        if not gathered[home.name]:
            if path.exists():
                path.unlink()
                changed.append(path)
            continue
        catalog = read(home, language)
        catalog.update(_template(gathered[home.name]), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        text = _written(catalog, language)
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def _written(catalog: Catalog, language: str) -> str:
    """The file's text, with a header that does not change from day to day."""
    for entry in catalog:
        entry.locations = sorted({(file, None) for file, _line in entry.locations})  # type: ignore[misc]  # polib takes a missing line
    body = io.BytesIO()
    write_po(body, catalog, width=110, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {Catalog(locale=language).plural_forms}\\n"\n\n'
    )
    return header + body.getvalue().decode()


def compile_all(languages: list[str]) -> int:
    """Write the `.mo` beside every `.po` that is newer; answers how many."""
    written = 0
    for home in homes():
        for language in languages:
            path = po_path(home, language)
            target = path.with_suffix(".mo")
            if not path.exists() or (target.exists() and target.stat().st_mtime >= path.stat().st_mtime):
                continue
            with target.open("wb") as file:
                write_mo(file, read(home, language))
            written += 1
    return written


def faults(language: str, app: str = "") -> list[str]:
    """What keeps `language` from being complete: missing, doubtful, damaged or colliding texts, one line each."""
    found: list[str] = []
    gathered = gather()
    for home in homes():
        if app and home.name != app:
            continue
        catalog = read(home, language)
        for entry in _template(gathered[home.name]):
            if entry.id:
                found += (f"{home.name}: {fault}" for fault in _faults_of(entry, catalog))
    return found + collisions(language, {home.name: read(home, language) for home in homes()}, app)


def _faults_of(wanted: Entry, catalog: Catalog) -> Iterator[str]:
    text = wanted.id[0] if isinstance(wanted.id, (list, tuple)) else wanted.id
    place = f"{text!r} ({wanted.locations[0][0]})"
    entry = catalog.get(wanted.id, wanted.context)
    if entry is None or not entry.string or (isinstance(entry.string, (list, tuple)) and not all(entry.string)):
        yield f"missing: {place}"
        return
    if entry.fuzzy:
        yield f"fuzzy: {place}"
    strings = parts(entry.string)
    if wanted.pluralizable and len(strings) != catalog.num_plurals:
        yield f"needs {catalog.num_plurals} plural forms: {place}"
        return
    given = set[str]().union(*map(_names, parts(wanted.id)))
    for string in strings:
        if unknown := _names(string) - given:
            yield f"names {sorted(unknown)} that the English lacks: {place}"
        elif not wanted.pluralizable and (left := given - _names(string)):
            yield f"leaves out {sorted(left)}: {place}"


def _names(text: str) -> set[str]:
    return {first or second for first, second in _NAMED.findall(text)}
