"""Values of fields: read strictly from what people and programs send, shown in the person's language.

Custom values are kept as JSON: numbers, amounts, days and moments as text ("12.50", "2026-03-01"), amounts as
{"amount", "currency"}, choices by option id, people by id, records as "deal:5", files by id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain import fields
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.money import LARGEST, amount_of, exact, number_text
from modules.crm.models import Currency

ADDRESS_LINES = ("street", "unit", "city", "region", "postal_code", "country")
MOST_ITEMS = 50
_BIGGEST_ID = 2**63


def read(item: Field, raw: Any, *, currency: str = "") -> Any:
    """`raw` as the value that is kept for `item`, `item.empty` where nothing is given. Raises Invalid(item.key).

    `currency` is that of the record, for its amounts. Links and people are checked for form only; whether they exist
    and may be seen is asked by `linking`.
    """
    if raw is None or raw == "" or raw == [] or (isinstance(raw, str) and not raw.strip()):
        if item.required:
            raise _wrong(item, _("Fill this in."))
        return [] if item.multiple or item.type == Type.CHOICES else item.empty
    if item.multiple and item.type != Type.CHOICES:
        many = raw if isinstance(raw, list | tuple) else [raw]
        if len(many) > MOST_ITEMS:
            raise _wrong(item, _("At most %(most)s.") % {"most": MOST_ITEMS})
        return list(dict.fromkeys(_one(item, value, currency) for value in many if value not in (None, "")))
    return _one(item, raw, currency)


def as_json(value: Any) -> Any:
    """What a record holds for a field, as JSON that `read` takes for the same value; equal values are equal as JSON."""
    if isinstance(value, Decimal):
        return exact(value)
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def _one(item: Field, raw: Any, currency: str) -> Any:
    match item.type:
        case Type.TEXT | Type.LONG_TEXT:
            return _text(item, raw)
        case Type.LINK:
            return _link(item, raw)
        case Type.NUMBER:
            return _number(item, raw)
        case fields.AMOUNT:
            return _amount(item, raw, currency)
        case Type.MONEY:
            return _money(item, raw)
        case Type.DATE:
            return _day(item, raw)
        case Type.MOMENT:
            return _moment(item, raw)
        case Type.CHOICE:
            return _choice(item, raw)
        case Type.CHOICES:
            given = raw if isinstance(raw, list | tuple) else [raw]
            return sorted({_choice(item, value) for value in given})
        case Type.YESNO:
            return _yesno(item, raw)
        case Type.PERSON | Type.FILE | fields.LOST_REASON | fields.PRICE_TYPE | fields.PRODUCT_SECTION:
            return _id(item, raw)
        case fields.OPTIONS:
            return _options(item, raw)
        case Type.RECORD:
            return _record(item, raw)
        case Type.ADDRESS:
            return _address(item, raw)
    raise _wrong(item, _("This field cannot be set."))


def _wrong(item: Field, text: str) -> Invalid:
    return Invalid(fields={item.key: [text]})


def _text(item: Field, raw: Any) -> str:
    if not isinstance(raw, str | int | Decimal) or isinstance(raw, bool):
        raise _wrong(item, _("This is not a text."))
    text = str(raw).strip()
    if len(text) > item.longest:
        raise _wrong(item, _("At most %(most)s characters.") % {"most": item.longest})
    if "\0" in text:
        raise _wrong(item, _("This text has characters that cannot be kept."))
    return text


def _link(item: Field, raw: Any) -> str:
    text = _text(item, raw)
    address = text if "://" in text else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        raise _wrong(item, _("Write a web address, like https://example.com.")) from None
    return address


def _decimal(item: Field, raw: Any) -> Decimal:
    if isinstance(raw, bool | list | dict):
        raise _wrong(item, _("Write a number."))
    try:
        number = Decimal(str(raw) if isinstance(raw, int | float | Decimal) else number_text(str(raw), item.places))
    except InvalidOperation:
        raise _wrong(item, _("Write a number.")) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise _wrong(item, _("This number is too large."))
    return number


def _number(item: Field, raw: Any) -> Any:
    number = _decimal(item, raw)
    if not item.custom and item.places:
        number = number.quantize(Decimal(1).scaleb(-item.places), ROUND_HALF_UP)
        if not 0 <= number <= item.most:
            raise _wrong(item, _("A number from 0 to %(most)s.") % {"most": item.most})
        return number
    if not item.custom:
        if number != number.to_integral_value() or not 0 <= number <= 100:
            raise _wrong(item, _("A whole number from 0 to 100."))
        return int(number)
    return str(number.quantize(Decimal(1).scaleb(-item.places)))


def _options(item: Field, raw: Any) -> dict[str, str]:
    """What tells a variant from others: {"Size": "M"}, or typed as "Size: M; Colour: red"."""
    if isinstance(raw, Mapping):
        pairs = [(str(name), str(value)) for name, value in raw.items()]
    else:
        pairs = []
        for part in _text(item, raw).split(";"):
            name, colon, value = part.partition(":")
            if colon or part.strip():
                pairs.append((name, value))
    found = {name.strip(): value.strip() for name, value in pairs}
    if len(found) > 10 or any(not (0 < len(n) <= 40 and 0 < len(v) <= 60) for n, v in found.items()):
        raise _wrong(item, _("Write options like Size: M; Colour: red."))
    return found


def _amount(item: Field, raw: Any, currency: str) -> Decimal:
    if isinstance(raw, bool | list | dict):
        raise _wrong(item, _("Write the amount as a number, like 1500 or 1500.50."))
    try:
        return amount_of(Decimal(str(raw)) if isinstance(raw, int | float | Decimal) else str(raw), currency)
    except Invalid as error:
        texts = [text for given in error.fields.values() for text in given]
        raise Invalid(fields={item.key: texts}) from error


def _money(item: Field, raw: Any) -> dict[str, str] | None:
    given = raw if isinstance(raw, Mapping) else {}
    amount, currency = given.get("amount"), str(given.get("currency", ""))
    if amount in (None, ""):
        if item.required:
            raise _wrong(item, _("Fill this in."))
        return None
    if currency not in Currency.values:
        raise _wrong(item, _("This currency is not offered."))
    return {"amount": str(_amount(item, amount, currency)), "currency": currency}


def _day(item: Field, raw: Any) -> Any:
    day = raw
    if isinstance(raw, str):
        try:
            day = parse_date(raw.strip())
        except ValueError:
            day = None
    if isinstance(day, datetime) or not isinstance(day, date) or not 1900 <= day.year <= 2200:
        raise _wrong(item, _("Write a day, like 2026-03-31."))
    return day.isoformat() if item.custom else day


def _moment(item: Field, raw: Any) -> Any:
    moment = raw
    if isinstance(raw, str):
        try:
            moment = parse_datetime(raw.strip())
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or not 1900 <= moment.year <= 2200:
        raise _wrong(item, _("Write a day and time, like 2026-03-31 14:00."))
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    moment = moment.astimezone(UTC).replace(microsecond=0)
    return moment.isoformat() if item.custom else moment


def _choice(item: Field, raw: Any) -> Any:
    value = _id(item, raw) if item.custom else raw
    if value not in dict([*item.choices, *item.retired]):
        raise _wrong(item, _("Choose one of the list."))
    return value


def _yesno(item: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw).lower() in ("1", "true", "yes", "on"):
        return True
    if str(raw).lower() in ("0", "false", "no", "off"):
        return False
    raise _wrong(item, _("Yes or no."))


def _id(item: Field, raw: Any) -> int:
    text = str(raw)
    if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < _BIGGEST_ID):
        raise _wrong(item, _("Choose one of the list."))
    return int(text)


def _record(item: Field, raw: Any) -> Any:
    if not item.custom:
        return _id(item, raw)
    kind, _colon, pk = str(raw).partition(":")
    if not pk and len(item.links) == 1:
        kind, pk = item.links[0], str(raw)
    if kind not in item.links:
        raise _wrong(item, _("Choose one of the list."))
    return f"{kind}:{_id(item, pk)}"


def _address(item: Field, raw: Any) -> dict[str, str] | None:
    if not isinstance(raw, Mapping):
        raw = {"street": raw}
    if unknown := set(raw) - set(ADDRESS_LINES):
        raise _wrong(item, _("An address has no “%(name)s”.") % {"name": min(map(str, unknown))})
    lines = {name: _text(item, raw[name]) for name in ADDRESS_LINES if raw.get(name)}
    return {name: text for name, text in lines.items() if text} or None
