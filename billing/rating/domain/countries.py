"""Which country a number belongs to, and how people of a country dial."""

from __future__ import annotations

import phonenumbers

from billing.rating.engine.numbers import digits

UNKNOWN = "?"
_HOME_OF_CURRENCY = {"RUB": "RU", "PLN": "PL", "GBP": "GB", "CZK": "CZ", "VND": "VN", "BRL": "BR", "KZT": "KZ"}


def dialled(number: str, region: str) -> str:
    """The digits of E.164 of `number` as somebody in `region` (ISO 3166) dials it: "8 495 …" in Russia is 7495….

    With + or 00 nothing is guessed. Raises Fault.
    """
    bare = digits(number)
    if number.strip().startswith(("+", "00")) or not region:
        return bare
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return bare
    if not phonenumbers.is_valid_number(found):
        return bare
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)[1:]


def country_of(number: str) -> str:
    """The ISO 3166 code of the country of `number` (digits of E.164), "001" for codes of no country, "?" unknown."""
    try:
        found = phonenumbers.parse("+" + number, None)
    except phonenumbers.NumberParseException:
        return UNKNOWN
    region = phonenumbers.region_code_for_number(found)
    if region is None and found.country_code is not None:
        regions = phonenumbers.region_codes_for_country_code(found.country_code)
        region = regions[0] if regions else None
    return region or UNKNOWN


def home_of(region: str, currency: str) -> str:
    """The portal's own country: as it said, else by its currency; "" when neither tells."""
    return region or _HOME_OF_CURRENCY.get(currency, "")
