"""Names of columns in the languages of our users, and what a heading is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from modules.crm.domain.importing.words import HEADINGS

_NOT_WORDS = re.compile(r"[\W_]+")
_VALUE = re.compile(r"[\d\s.,:/+()%€$£₽-]+|\S+@\S+\.\S+|https?://\S+", re.IGNORECASE)
_PLAIN_LETTERS = str.maketrans({"ё": "е", "ł": "l", "đ": "d", "ø": "o", "ß": "ss"})


def plain(text: str) -> str:
    """`text` as headings and names are compared: lower case, without accents and punctuation, single blanks."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS).replace("й", "\ue000"))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("\ue000", "й")
    return " ".join(_NOT_WORDS.sub(" ", kept).split())


def unnamed(place: int) -> str:
    """What a column without a name is called."""
    return _("Column %(n)s") % {"n": place + 1}


def words_of(kind_key: str) -> dict[str, str]:
    """Heading as compared → target, for a kind: those of all kinds, then its own."""
    return {**_COMPARED[""], **_COMPARED.get(kind_key, {})}


_COMPARED = {
    group: {plain(name): target for target, names in targets.items() for name in names.split("|")}
    for group, targets in HEADINGS.items()
}
_KNOWN = frozenset(name for names in _COMPARED.values() for name in names)


def looks_like_headings(first: Sequence[Any], following: Sequence[Sequence[Any]]) -> bool:
    """Whether the row `first` names columns instead of holding values."""
    cells = [cell for cell in first if cell not in (None, "")]
    if not cells or not all(isinstance(cell, str) for cell in cells):
        return False
    if any(plain(cell) in _KNOWN for cell in cells):
        return True
    return bool(following) and len(set(cells)) == len(cells) and not any(_VALUE.fullmatch(cell) for cell in cells)
