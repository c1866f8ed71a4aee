"""Company names in Latin letters, for addresses."""

from __future__ import annotations

import unicodedata

# Cyrillic after ICAO Doc 9303 part 3 (as passports do), Ukrainian and Belarusian letters included; Greek after ELOT 743.
_LETTERS = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўћђљњџј",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "ie",
            "y",
            "_",
            "e",
            "iu",
            "ia",
            "e",
            "i",
            "i",
            "ie",
            "g",
            "u",
            "c",
            "d",
            "lj",
            "nj",
            "dz",
            "j",
        ],
        strict=True,
    )
)
_LETTERS |= dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_LETTERS |= {
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
    "&": " and ",
}


def to_ascii(text: str) -> str:
    """`text` with letters put into ASCII where a rule is known, and what is left removed."""
    spelled = "".join(_LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFC", text).lower())
    plain = unicodedata.normalize("NFKD", spelled.replace("_", ""))
    return "".join(letter for letter in plain if letter.isascii())
