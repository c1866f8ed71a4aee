"""Finds every text to translate in Python and in templates, cotton attributes among them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[Any, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_SKIPPED = {"migrations", "static", "locale", "__pycache__", "assets"}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One text: English, its plural if it has one, its context, and the file it stands in."""

    text: str
    plural: str = ""
    context: str = ""
    file: str


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder whose `locale/` holds the texts of the files under it."""

    name: str
    path: Path


def homes() -> list[Home]:
    """The house's apps, and the folders that settings.LOCALE_PATHS adds for code that is no app; deepest first."""
    root = Path(settings.ROOT)
    found = [
        Home(name=config.name, path=Path(config.path))
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(root) and ".venv" not in Path(config.path).parts
    ]
    found += [
        Home(name=".".join(path.parent.relative_to(root).parts), path=path.parent)
        for path in map(Path, settings.LOCALE_PATHS)
    ]
    return sorted(found, key=lambda home: (-len(home.path.parts), home.name))


def gather() -> dict[str, list[Message]]:
    """All texts by the name of their home, in the order of files. Raises ValueError for a text that has no home."""
    root, places = Path(settings.ROOT), homes()
    found: dict[str, list[Message]] = {home.name: [] for home in places}
    for floor in ("infra", "tenants", "billing", "modules", "saas"):
        for path in sorted((root / floor).rglob("*")):
            if path.suffix not in (".py", ".html", ".txt") or _SKIPPED & set(path.relative_to(root).parts):
                continue
            messages = list(_messages_in(path, path.relative_to(root).as_posix()))
            if not messages:
                continue
            home = next((home for home in places if path.is_relative_to(home.path)), None)
            if home is None:
                raise ValueError(f"{path.relative_to(root)}: texts outside any app; add its folder to LOCALE_PATHS")
            found[home.name] += messages
    return found


def _messages_in(path: Path, name: str) -> Iterator[Message]:
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        if "{%" not in source and "_(" not in source:
            return
        # What templatize leaves is Python but for its indentation.
        source = "\n".join(line.strip() for line in templatize(source, origin=name).splitlines())
    found: Iterable[Any] = extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {})
    for _line, function, texts, _comments in found:
        message = _message(function, texts if isinstance(texts, tuple) else (texts,), name)
        if message is not None:
            yield message


def _message(function: str, texts: tuple[str | None, ...], name: str) -> Message | None:
    spec = KEYWORDS[function] or (1,)
    given = dict(enumerate(texts, start=1))
    context, numbered = "", []
    for item in spec:
        if isinstance(item, tuple):
            context = given.get(item[0]) or ""
        else:
            numbered.append(given.get(item))
    if not numbered[0]:
        return None
    return Message(
        text=numbered[0], plural=(numbered[1] or "") if len(numbered) > 1 else "", context=context, file=name
    )
