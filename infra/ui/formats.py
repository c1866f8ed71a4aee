"""How dates, numbers, money and phone numbers look to the person who reads them: their language, their zone.

Locale data is CLDR's, through Babel; phone numbers are formatted by libphonenumber.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

import phonenumbers
from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_datetime_format,
    get_timezone_name,
)
from babel.numbers import NumberPattern, format_currency, format_decimal, get_currency_precision, parse_pattern
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import NoPortal

Number = int | float | Decimal


@functools.cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def current_locale() -> Locale:
    """CLDR locale of the active language."""
    return _locale(get_language() or "en")


def moment(when: datetime | None) -> str:
    """A point in time: “today, 14:05”, “yesterday, 9:30”, “3 Mar, 14:05”, with the year when it is another one."""
    if when is None:
        return ""
    local, now = timezone.localtime(when), timezone.localtime()
    at = _clock(local.hour, local.minute, current_locale())
    if local.date() == now.date():
        return _("today, %(time)s") % {"time": at}
    if local.date() == now.date() - timedelta(days=1):
        return _("yesterday, %(time)s") % {"time": at}
    return f"{day(local.date())}, {at}"


def clock(when: datetime | None) -> str:
    """The time of day alone."""
    if when is None:
        return ""
    local = timezone.localtime(when)
    return _clock(local.hour, local.minute, current_locale())


# The same days and minutes are shown over and over: what CLDR makes of them is remembered. What portals keep, amounts
# and numbers, never is (promise 9).


@functools.lru_cache(maxsize=8192)
def _clock(hour: int, minute: int, locale: Locale) -> str:
    return str(format_time(time(hour, minute), "short", locale=locale))


@functools.lru_cache(maxsize=8192)
def _day(when: date, this_year: bool, locale: Locale) -> str:
    if this_year:
        return str(format_skeleton("MMMd", datetime(when.year, when.month, when.day), locale=locale))  # noqa: DTZ001
    return str(format_date(when, "medium", locale=locale))


@functools.lru_cache(maxsize=8192)
def _exact_clock(hour: int, minute: int, second: int, locale: Locale) -> str:
    return str(format_time(time(hour, minute, second), "medium", locale=locale))


@functools.lru_cache(maxsize=2048)
def _whole_day(when: date, locale: Locale) -> str:
    return str(format_date(when, "long", locale=locale))


_zones: dict[tuple[tzinfo | None, timedelta | None, Locale], str] = {}


def _zone(local: datetime, locale: Locale) -> str:
    """The short name of the zone at that time of the year."""
    key = (local.tzinfo, local.utcoffset(), locale)
    if key not in _zones:
        _zones[key] = str(get_timezone_name(local, "short", locale=locale))
    return _zones[key]


@functools.cache
def _day_and_clock(locale: Locale) -> str:
    return str(get_datetime_format("long", locale=locale)).replace("'", "")


@functools.cache
def _whole_amount(locale: Locale) -> NumberPattern:
    """The locale's writing of an amount without its fraction."""
    return parse_pattern(locale.currency_formats["standard"].pattern.replace(".00", ""))


def full_moment(when: datetime | None) -> str:
    """A point in time with everything said, for titles and exports."""
    if when is None:
        return ""
    local, locale = timezone.localtime(when), current_locale()
    at = f"{_exact_clock(local.hour, local.minute, local.second, locale)} {_zone(local, locale)}"
    return _day_and_clock(locale).replace("{0}", at).replace("{1}", _whole_day(local.date(), locale))


def day(when: date | None) -> str:
    """A calendar day; the year is left out while it is the running one."""
    if when is None:
        return ""
    if isinstance(when, datetime):
        when = timezone.localtime(when).date()
    return _day(when, when.year == timezone.localdate().year, current_locale())


def weekday(when: date) -> str:
    """A day with its weekday in words, without the year: the locale's full date up to it."""
    locale = current_locale()
    pattern = _YEAR.sub("", locale.date_formats["full"].pattern)
    text = str(format_date(when, pattern, locale=locale))
    return text[:1].upper() + text[1:]


_YEAR = re.compile(r"[,\s]*('de'\s)?y.*$")


def ago(when: datetime | None) -> str:
    """How long ago (or in how long), to the greatest unit; older than a month: the day."""
    if when is None:
        return ""
    passed = timezone.now() - when
    if abs(passed) < timedelta(minutes=1):
        return _("just now")
    if abs(passed) > timedelta(days=30):
        return day(timezone.localtime(when).date())
    return str(format_timedelta(-passed, add_direction=True, locale=current_locale(), threshold=1))


def number(value: Number | None, decimals: int | None = None) -> str:
    """A number with the locale's separators; `decimals` fixes the digits after the point."""
    if value is None:
        return ""
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale=current_locale()))


def percent(figure: str) -> str:
    """A figure, written already, with the sign of percent where the locale puts it."""
    pattern = str(current_locale().percent_formats[None].pattern)
    return pattern.replace("#,##0", figure).replace("#,##,##0", figure)


def money(amount: Number | None, currency: str, *, cents: bool = False) -> str:
    """An amount with its currency (ISO 4217 code); whole amounts show no fraction, unless they stand in a column of
    figures that do."""
    if amount is None:
        return ""
    exact, locale = Decimal(str(amount)), current_locale()
    if not cents and exact == exact.to_integral_value() and get_currency_precision(currency) > 0:
        return apart(str(_whole_amount(locale).apply(exact, locale, currency=currency, currency_digits=False)))
    return apart(str(format_currency(exact, currency, locale=locale)))


def apart(text: str) -> str:
    """A formatted amount with a true minus, and with a space behind the code of a currency that has no sign of its
    own: "KZT 500"."""
    return _CODE.sub("\\1\u00a0\\2", text.replace("-", "\u2212"))


_CODE = re.compile(r"^(\u2212?[A-Z]{3})(\d)")


def size(amount: int) -> str:
    """Bytes in the greatest unit that fits, a whole number without a fraction: "5 GB", "1.5 MB"."""
    return _WHOLE.sub("", filesizeformat(amount))


_WHOLE = re.compile(r"[.,]0(?=\D)")


def phone(value: str | None, *, abroad: bool = False) -> str:
    """An E.164 number, with its extension if it has one (";ext=12"): as people write it in the portal's own country, in
    international writing where it is of another one or `abroad`; anything else as it is."""
    if not value:
        return ""
    return value if not value.startswith("+") else _phone(value, "" if abroad else _home(), _("ext."))


def _home() -> str:
    try:
        return str(current_portal().region or "")
    except NoPortal:
        return ""


def _phone(value: str, home: str, word: str) -> str:
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    extension, parsed.extension = parsed.extension, None
    at_home = home != "" and phonenumbers.region_code_for_number(parsed) == home
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    text = str(phonenumbers.format_number(parsed, form))
    return f"{text} {word} {extension}" if extension else text
