"""Numbers of quotes and invoices: by a template, from one again every year, without gaps.

A number is taken inside the transaction that issues the document, under a lock on its series: two at once wait for each
other, and what is rolled back gives its number back. An invoice that was issued is never deleted, only cancelled.
"""

from __future__ import annotations

import re
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.crm.domain.selling.settings import MANAGE
from modules.crm.models import NumberSeries, SeriesOf

USUAL = {SeriesOf.QUOTE: "Q-{year}-{number:4}", SeriesOf.INVOICE: "{year}-{number:4}"}
_MARK = re.compile(r"\{(year|yy|month|number)(?::([1-9]))?\}")
_BRACES = re.compile(r"[{}]")


def shape(template: str, sequence: int, day: date) -> str:
    """The number by `template`: {year}, {yy}, {month} and {number}, the last padded to as many digits as {number:5}."""

    def one(found: re.Match[str]) -> str:
        match found[1]:
            case "year":
                return f"{day.year:04}"
            case "yy":
                return f"{day.year % 100:02}"
            case "month":
                return f"{day.month:02}"
        return f"{sequence:0{found[2] or 1}}"

    return _MARK.sub(one, template)


def check_template(template: str, *, yearly: bool) -> str:
    """A template that gives every document another number. Raises Invalid(template)."""
    text = template.strip()
    marks = [found[1] for found in _MARK.finditer(text)]
    problem = ""
    if not text or len(text) > 40 or any(ord(sign) < 32 for sign in text):
        problem = _("Write a template of up to %(most)s characters, like {year}-{number:4}.") % {"most": 40}
    elif _BRACES.search(_MARK.sub("", text)):
        problem = _("Only {year}, {yy}, {month} and {number} stand in braces.")
    elif marks.count("number") != 1:
        problem = _("The template needs {number} once.")
    elif yearly and not {"year", "yy"} & set(marks):
        problem = _("A count that begins anew every year needs {year}, or numbers would repeat.")
    if problem:
        raise Invalid(fields={"template": [problem]})
    return text


def take_number(of: str, day: date) -> tuple[str, int, int]:
    """The next number of a series as (text, year, sequence); the caller's transaction holds the series."""
    row = NumberSeries.objects.select_for_update().filter(of=of).first()
    if row is None:
        seed_series()
        row = NumberSeries.objects.select_for_update().get(of=of)
    year = day.year if row.yearly else 0
    sequence = last_number(row, year) + 1
    row.counts = {**row.counts, str(year): sequence}
    row.save(update_fields=["counts"])
    return shape(row.template, sequence, day), year, sequence


def last_number(row: NumberSeries, year: int) -> int:
    """The number given last in `year`, 0 where none was."""
    return int(row.counts.get(str(year), 0))


def series() -> list[NumberSeries]:
    """The series of the portal: of quotes and of invoices."""
    seed_series()
    return list(NumberSeries.objects.order_by("of"))


def set_series(
    *, actor: Actor, of: str, template: str, yearly: bool, next_number: int | None = None, version: int | None = None
) -> NumberSeries:
    """Change a template or where the count goes on. A next number at or below one given already is refused.

    Raises Conflict, Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    template = check_template(template, yearly=yearly)
    with transaction.atomic():
        seed_series()
        row = NumberSeries.objects.select_for_update().get(of=of)
        if version is not None and row.version != version:
            raise Conflict(current_version=row.version)
        year = timezone.localdate().year if yearly else 0
        last = last_number(row, year)
        before = {"template": row.template, "yearly": row.yearly, "next": last + 1}
        if next_number is not None and next_number != last + 1:
            if not last < next_number < 10**9:
                raise Invalid(fields={"next_number": [_("Numbers up to %(last)s are given already.") % {"last": last}]})
            row.counts = {**row.counts, str(year): next_number - 1}
        row.template, row.yearly = template, yearly
        row.save()
        after = {"template": row.template, "yearly": row.yearly, "next": last_number(row, year) + 1}
        changed = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
        if changed:
            audit.record(actor, "series.set", None, changed)
    return row


def seed_series() -> None:
    """The usual series; a second run changes nothing."""
    NumberSeries.objects.bulk_create(
        [NumberSeries(of=of, template=template) for of, template in USUAL.items()], ignore_conflicts=True
    )
