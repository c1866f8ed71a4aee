"""A cell as the raw value that a field reads: numbers, days, yes and no, choices, lists of phones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.matching import DAY, Column, shown
from modules.crm.domain.importing.words import ANSWERS, CURRENCY_SIGNS
from modules.crm.models import Currency

_SPLIT = re.compile(r"[;\n\r|]+|,\s+(?=[+(\d\w.\-]+@|[+(]?\d)")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_AROUND = re.compile(r"^[^\d\-]+|[^\d]+$")
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
# Words that make a number another one: who wrote them meant more than the digits say.
_TIMES = re.compile(r"(?:^|[\d\s.,])(тыс|тис|млн|млрд|tys|mln|mld|mio|k|thousand|million|milh|nghìn|triệu|tỷ)\b")
_LANGUAGES = ("en", "ru", "pl", "pt", "fr", "vi")


def several(cell: Any) -> list[str]:
    """The phones, e-mails or sites in one cell: apart by semicolons, bars and lines; commas only between whole ones."""
    return [text for part in _SPLIT.split(shown(cell)) if (text := part.strip(" ,\t"))]


def number(cell: Any, column: Column) -> str:
    """A number with a point before its fraction. Raises Invalid."""
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return str(Decimal(str(cell)))
    told = shown(cell).replace("\u2212", "-").strip()
    text = _SPACES.sub("", _AROUND.sub("", told))
    if told.startswith("(") and told.endswith(")"):  # how bookkeepers write what is below zero
        text = f"-{text}"
    sign = _before_fraction(text, column.decimal)
    whole, _sign, fraction = text.partition(sign)
    other = "." if sign == "," else ","
    if (
        _TIMES.search(told.casefold())
        or not re.fullmatch(rf"-?(\d+|\d{{1,3}}(\{other}\d{{2,3}})*\{other}\d{{3}})", whole)
        or not re.fullmatch(r"\d*", fraction)
    ):
        raise Invalid(_("“%(text)s” is no number.") % {"text": shown(cell)[:60]})
    return f"{whole.replace(other, '')}.{fraction}" if fraction else whole.replace(other, "")


def _before_fraction(text: str, usual: str) -> str:
    """The sign before the fraction: as this very number shows it, else the `usual` one of its column."""
    signs = [sign for sign in text if sign in ".,"]
    if len(set(signs)) == 2:
        return signs[-1]
    if len(signs) > 1:
        return "." if signs[0] == "," else ","
    if signs and not re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", text):
        return signs[0]
    return usual


def currency_in(cell: Any) -> str:
    """The currency that stands beside an amount, "" where none does."""
    text = shown(cell).casefold()
    for sign, code in sorted(CURRENCY_SIGNS.items(), key=lambda pair: -len(pair[0])):
        if sign in text:
            return code
    return next((code for code in Currency.values if code.casefold() in text), "")


def currency(cell: Any) -> str:
    """A currency by its code, sign or name. Raises Invalid."""
    text = shown(cell).strip()
    found = text.upper() if text.upper() in Currency.values else currency_in(text)
    found = found or titles_of("currency", Currency.choices).get(plain(text), "")
    if not found:
        raise Invalid(_("The currency “%(text)s” is not offered.") % {"text": text[:60]})
    return found


def day(cell: Any, column: Column) -> date:
    """A day. Raises Invalid."""
    return moment(cell, column).date() if not isinstance(cell, date) or isinstance(cell, datetime) else cell


def moment(cell: Any, column: Column) -> datetime:
    """A moment, in the person's zone where the file names none. Raises Invalid."""
    if isinstance(cell, datetime):
        return cell if timezone.is_aware(cell) else timezone.make_aware(cell)
    if isinstance(cell, date):
        return _here(cell.year, cell.month, cell.day)
    text = shown(cell).strip()
    try:
        if _ISO.fullmatch(text):
            found = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return found if timezone.is_aware(found) else timezone.make_aware(found)
        parts = DAY.fullmatch(text)
        if parts is None:
            whole = _COMPACT.fullmatch(text)
            if whole is None:
                raise ValueError
            return _here(int(whole[1]), int(whole[2]), int(whole[3]))
        order = "ymd" if len(parts[1]) > 2 else column.days
        named = dict(zip(order, (int(parts[place]) for place in (1, 2, 3)), strict=True))
        year = named["y"] if named["y"] > 99 else named["y"] + (2000 if named["y"] < 50 else 1900)
        time = [int(parts[place] or 0) for place in (4, 5, 6)]
        if parts[7]:
            time[0] = time[0] % 12 + (12 if parts[7][0] in "pP" else 0)
        return _here(year, named["m"], named["d"], *time)
    except (ValueError, KeyError, OverflowError):
        raise Invalid(_("“%(text)s” is no day. Write it like 2026-03-31.") % {"text": text[:60]}) from None


def _here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.get_current_timezone())  # type: ignore[arg-type,misc]  # three to six numbers


def titles_of(target: str, choices: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Answers as compared → value: their titles in our languages, and what others call them."""
    found: dict[str, Any] = {}
    for value, names in ANSWERS.get(target, {}).items():
        for name in names.split("|"):
            found[plain(name)] = value
    for language in _LANGUAGES:
        with translation.override(language):
            for value, title in choices:
                found.setdefault(plain(str(title)), value)
    for value, _title in choices:
        found.setdefault(plain(str(value)), value)
    return found


def yes_or_no(cell: Any) -> bool:
    """Yes or no in our languages. Raises Invalid."""
    if isinstance(cell, bool):
        return cell
    text = plain(shown(cell)) or {"+": "yes", "-": "no", "✓": "yes"}.get(shown(cell).strip(), "")
    for answer, names in ANSWERS["yesno"].items():
        if text in names.split("|"):
            return answer == "yes"
    raise Invalid(_("“%(text)s” is neither yes nor no.") % {"text": shown(cell)[:60]})


def raw_of(item: Field, cell: Any, column: Column, money: str) -> Any:
    """The raw value of `item`, a field that points at nothing and is no built-in choice; `money` is the row's currency.

    Raises Invalid.
    """
    match item.type:
        case "amount" | Type.NUMBER:
            text = number(cell, column)
            return str(int(Decimal(text))) if not item.custom and item.type == Type.NUMBER else Decimal(text)
        case Type.MONEY:
            return {"amount": Decimal(number(cell, column)), "currency": currency_in(cell) or money}
        case Type.DATE:
            return day(cell, column).isoformat()
        case Type.MOMENT:
            return moment(cell, column).astimezone(UTC).isoformat()
        case Type.YESNO:
            return yes_or_no(cell)
        case Type.ADDRESS:
            return {"street": shown(cell)}
    return shown(cell)
