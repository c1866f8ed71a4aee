"""Prices and durations of calls in templates."""

from __future__ import annotations

from decimal import Decimal

import phonenumbers
from babel.numbers import format_currency, get_decimal_symbol
from django import template
from django.utils.translation import gettext as _

from billing.rating.engine.rating import Part
from billing.rating.words import ROUTES
from infra.ui.formats import apart, current_locale, number

register = template.Library()


def call_money(amount: Decimal | str | None, currency: str) -> str:
    """An amount with all its decimals, two at least: "0.0125 $"."""
    if amount is None or amount == "":
        return "–"
    exact = Decimal(amount)
    places = max(2, -int(exact.normalize().as_tuple().exponent))
    pattern = current_locale().currency_formats["standard"].pattern.replace(".00", "." + "0" * places)
    text = format_currency(exact, currency, format=pattern, currency_digits=False, locale=current_locale())
    return apart(str(text))


def duration(seconds: int | None) -> str:
    """Seconds as 0:07, 12:30, 1:02:03."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def minutes(seconds: int) -> str:
    """Seconds in minutes, to a tenth, rounded down: "412.5"."""
    return number(Decimal(seconds * 10 // 60) / 10)


def figure(exact: str) -> str:
    """An exact amount as it is kept ("0.1665", "1/3"), with the reader's decimal sign."""
    return exact.replace(".", get_decimal_symbol(current_locale()))


def dialled_number(digits: str) -> str:
    """Digits of E.164 in international writing; short numbers as they are."""
    if len(digits) < 7:
        return digits
    try:
        found = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return digits
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def part_title(part: Part) -> str:
    """What a line of a charge is, in words."""
    return {
        "connect": _("Connection fee"),
        "bundle": _("Included minutes"),
        "first": _("First block"),
        "steps": _("Steps"),
        "minimum": _("Up to the minimum of a call"),
        "maximum": _("Down to the maximum of a call"),
        "rounding": _("Rounding"),
    }[part.kind]


def unlocalized(amount: Decimal) -> str:
    """A number as HTML attributes want it."""
    return format(amount, "f")


def route_words(route: str) -> str:
    """The class of a destination in words."""
    return str(ROUTES.get(route, route))


register.filter("route_words", route_words)
register.filter("unlocalized", unlocalized)
register.filter("call_money", call_money)
register.filter("duration", duration)
register.filter("minutes", minutes)
register.filter("figure", figure)
register.filter("dialled_number", dialled_number)
register.filter("part_title", part_title)
