"""Phones: one comparable form, whatever was typed."""

from __future__ import annotations

import re

import phonenumbers

DIGITS = re.compile(r"\d")
_PHONE_LIKE = re.compile(r"[\d\s()+.\-–/]+")


def e164_of(typed: str, region: str) -> str:
    """The number in E.164 (ITU-T), "" when `typed` is no possible number.

    `region` (ISO 3166-1 alpha-2) is assumed where the number has no country code. "8 (495) …" and "8 800 …" are read as
    dialled inside Russia. An extension is not part of the number.
    """
    return read_phone(typed, region)[0]


def read_phone(typed: str, region: str) -> tuple[str, str]:
    """`e164_of`, and the extension behind the number ("ext. 12", "доб. 12", ";ext=12"; "" without one)."""
    try:
        number = phonenumbers.parse(typed, region.upper() or None)
    except phonenumbers.NumberParseException:
        return "", ""
    extension = str(number.extension or "")
    if not phonenumbers.is_possible_number(number):
        return "", extension
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), extension


def digits_of(text: str) -> str:
    """Only the decimal digits of `text`, as ASCII."""
    return "".join(str(int(digit)) for digit in DIGITS.findall(text))


def looks_like_phone(text: str) -> bool:
    """Whether `text` has nothing but what people write in phone numbers, with at least three digits."""
    return _PHONE_LIKE.fullmatch(text) is not None and len(digits_of(text)) >= 3


def suffixes_of(digits: str, shortest: int = 3) -> list[str]:
    """All endings of `digits` of at least `shortest` digits; prefix search over them finds any fragment."""
    return [digits[start:] for start in range(len(digits) - shortest + 1)]
