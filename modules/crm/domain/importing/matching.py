"""Which column is what: by its name in eight languages, by what was chosen for that name before, by its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
DAY = re.compile(
    r"(\d{1,4})[./\-\s](\d{1,2})[./\-\s](\d{1,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]\.?m)?.*)?",
    re.IGNORECASE,
)
ORDERS = ("dmy", "mdy")
_NUMBER = re.compile(r"-?[\d\s'\u00a0\u202f.,]+")
_LANGUAGES = ("en", "ru", "pl", "pt", "fr", "vi")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file: its name, some of its values, what it becomes ("" = left out), and how its values are read.

    `decimal` is the sign before fractions, `days` the order in days ("dmy", "mdy", "ymd"); `orders` are those to choose
    from where the file leaves it open.
    """

    name: str
    samples: tuple[str, ...] = ()
    target: str = ""
    decimal: str = "."
    days: str = "dmy"
    orders: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Column:
        """What `to_json` gave."""
        return cls(**{**kept, "samples": tuple(kept["samples"]), "orders": tuple(kept.get("orders", ()))})


@dataclass
class Days:
    """What the days of a column tell about the order they are written in."""

    years: int = 0  # those with the year first
    votes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDERS, 0))  # those that read one way only
    either: int = 0  # those that are two days
    dotted: bool = True

    @property
    def any(self) -> bool:
        """Whether there was a day at all."""
        return bool(self.years or self.either or any(self.votes.values()))

    def look_at(self, value: Any) -> None:
        """Take a cell into account."""
        found = DAY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return
        first, second = int(found[1]), int(found[2])
        if len(found[1]) > 2:
            self.years += 1
        elif max(first, second) > 12:
            self.votes["mdy" if second > 12 else "dmy"] += 1
        elif first != second:
            self.either += 1
            self.dotted = self.dotted and value[len(found[1])] == "."

    def order(self, language: str) -> str:
        """The order, by those days that leave no doubt; else the one of `language`."""
        dmy, mdy = self.votes.values()
        if dmy != mdy:
            return "mdy" if mdy > dmy else "dmy"
        if self.years and not self.either:
            return "ymd"
        return "mdy" if language == "en-us" else "dmy"

    def orders(self, language: str) -> tuple[str, ...]:
        """The orders to choose from: none where days tell by themselves. With points, the day is first everywhere but
        where months are."""
        dmy, mdy = self.votes.values()
        doubt = bool(dmy and mdy) or (dmy == mdy and (not self.dotted or language == "en-us"))
        return ORDERS if self.either and doubt else ()


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


__all__ = ["HEADINGS", "Column", "match"]
