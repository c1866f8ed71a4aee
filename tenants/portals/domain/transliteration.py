"""Company names in Latin letters, for addresses."""

from __future__ import annotations

import unicodedata

# Cyrillic as in passports (ICAO Doc 9303, part 3), with Ukrainian, Belarusian and Serbian letters; Greek by ELOT 743.
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўђћљњџј"
_CYRILLIC_LATIN = (
    "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia e i i ie g u d c lj nj dz j"
)
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_GREEK_LATIN = "a v g d e z i th i k l m n x o p r s t y f ch ps o"
_LETTERS = {
    **dict(zip(_CYRILLIC, _CYRILLIC_LATIN.split(), strict=True)),
    **dict(zip(_GREEK, _GREEK_LATIN.split(), strict=True)),
    "ς": "s",
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "œ": "oe",
    "đ": "d",
    "ł": "l",
    "þ": "th",
    "ð": "d",
    "ı": "i",
    "_": "",
    "&": " and ",
}


def to_ascii(text: str) -> str:
    """`text` in lower case with letters put into ASCII where a rule is known; what is left is removed."""
    spelled = "".join(_spell(letter) for letter in unicodedata.normalize("NFC", text).lower())
    return "".join(letter for letter in spelled if letter.isascii())


def _spell(letter: str) -> str:
    """One letter by its rule, or by those of its parts (an accented one: letter and accent)."""
    if letter in _LETTERS:
        return _LETTERS[letter].replace("_", "")
    return "".join(_LETTERS.get(part, part) for part in unicodedata.normalize("NFKD", letter))
