"""Which column is what: by its name in eight languages, by what was chosen for that name before, by its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import translation

from modules.crm.domain.importing.headings import plain, unnamed, words_of
from modules.crm.domain.importing.targets import NOTE, Target
from modules.crm.domain.importing.words import HEADINGS
from modules.crm.domain.kinds import Kind
from modules.crm.domain.phones import digits_of

SAMPLES = 3
_EMAIL = re.compile(r"\S+@\S+\.\w+")
_SITE = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"[+(]?[\d\s().\-–/x]{7,25}")
_DAY = re.compile(r"(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})(?:[ T].*)?")
_NUMBER = re.compile(r"-?[\d\s'\u00a0\u202f.,]+")
_LANGUAGES = ("en", "ru", "pl", "pt", "fr", "vi")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file: its name, some of its values, what it becomes ("" = left out), and how its values are read.

    `decimal` is the sign before fractions, `days` the order in days ("dmy", "mdy", "ymd").
    """

    name: str
    samples: tuple[str, ...] = ()
    target: str = ""
    decimal: str = "."
    days: str = "dmy"

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Column:
        """What `to_json` gave."""
        return cls(**{**kept, "samples": tuple(kept["samples"])})


def match(
    kind: Kind,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    targets: Mapping[str, Target],
    remembered: Mapping[str, str],
    language: str,
) -> list[Column]:
    """A column for each of `names`, matched as far as `targets` allow; no target twice that may stand once only.

    `remembered` says what was chosen for a name before; `language` (of the person) decides what values leave open.
    """
    by_name = _by_name(kind, targets)
    taken: set[str] = set()
    columns = []
    found: list[tuple[str, list[Any], bool]] = []
    for place, name in enumerate(names):
        values = [row[place] for row in rows if len(row) > place and row[place] not in (None, "")]
        key = plain(name)
        chosen = None if name == unnamed(place) else remembered.get(key)  # the third column of another file is another
        target = chosen if chosen is not None else by_name.get(key) or _shortened(key, by_name)
        found.append((target if target in targets or target == "" else "", values, chosen is not None))
    for place, (target, values, decided) in enumerate(found):
        if not target and not decided:
            target = _by_values(kind, values, targets, {one for one, _values, _decided in found})
        if target and not targets[target].many and target in taken:
            target = NOTE if NOTE in targets and values else ""
        taken.add(target)
        columns.append(
            Column(
                name=names[place],
                samples=tuple(dict.fromkeys(shown(value) for value in values))[:SAMPLES],
                target=target,
                decimal=decimal_of(values, language),
                days=order_of(values, language),
            )
        )
    return columns


def _by_name(kind: Kind, targets: Mapping[str, Target]) -> dict[str, str]:
    """Names as compared → target: titles of the portal's fields in our languages, and what others call them."""
    found = {name: target for name, target in words_of(kind.key).items() if target in targets}
    for language in _LANGUAGES:
        with translation.override(language):
            for target in targets.values():
                found.setdefault(plain(str(target.title)), target.key)
    for target in targets.values():
        if target.field is not None and target.field.custom:
            found[plain(str(target.title))] = target.key
    return found


def _shortened(key: str, by_name: Mapping[str, str]) -> str:
    """“Phone (work) 2” and “1. E-mail” are still a phone and an e-mail."""
    words = [word for word in key.split() if not word.isdigit()]
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if len(part) > 3 and part in by_name and length * 2 >= len(words):
                return by_name[part]
    return ""


def _by_values(kind: Kind, values: Sequence[Any], targets: Mapping[str, Target], taken: set[str]) -> str:
    texts = [str(value) for value in values if isinstance(value, str | int)][:100]
    if len(texts) < 1:
        return ""

    def mostly(fits: Any) -> bool:
        return sum(1 for text in texts if fits(text)) * 10 >= len(texts) * 8

    for target, fits in (
        ("emails", lambda text: _EMAIL.fullmatch(text)),
        ("sites", lambda text: _SITE.fullmatch(text)),
        (
            "phones",
            lambda text: _PHONE.fullmatch(text) and 9 <= len(digits_of(text)) <= 15 and not _DAY.fullmatch(text),
        ),
    ):
        if target in targets and target not in taken and mostly(fits):
            return target
    return ""


def shown(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, days in ISO 8601."""
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat() if value.time() == value.time().min else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case bool():
            return "yes" if value else "no"
    return str(value)


def decimal_of(values: Iterable[Any], language: str) -> str:
    """The sign before fractions in these numbers, by those that leave no doubt; else that of `language`."""
    votes = {",": 0, ".": 0}
    for value in values:
        if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
            continue
        text = value.strip()
        comma, point = text.rfind(","), text.rfind(".")
        if comma >= 0 and point >= 0:
            votes["," if comma > point else "."] += 1
        elif max(comma, point) >= 0:
            sign = "," if comma >= 0 else "."
            behind = len(text) - max(comma, point) - 1
            if text.count(sign) > 1:
                votes["." if sign == "," else ","] += 1  # twice: it stands between thousands
            elif behind != 3:
                votes[sign] += 1
    if votes[","] != votes["."]:
        return max(votes, key=lambda sign: votes[sign])
    return "." if language in ("en", "zh") else ","


def order_of(values: Iterable[Any], language: str) -> str:
    """The order of day, month and year, by those days that leave no doubt; else that of `language`."""
    first, second = 0, 0
    for value in values:
        found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            continue
        if len(found[1]) == 4:
            return "ymd"
        first, second = max(first, int(found[1])), max(second, int(found[2]))
    if first > 12 or second > 12:
        return "mdy" if second > 12 else "dmy"
    return "mdy" if language == "en-us" else "dmy"


__all__ = ["HEADINGS", "Column", "match"]
