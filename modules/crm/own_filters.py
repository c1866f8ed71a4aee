"""Filters of custom fields: each asks the narrow index of their values (`domain/value_index.py`)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.fields import RangeField

from modules.crm.domain import value_index
from modules.crm.domain.fields import Field, Type
from tenants.people.models import User

# How parameters of own fields are called: f12, f12_min.
OWN_NAMES = re.compile(r"f\d+(_\w+)?")


class OfField(filters.Filter):
    """Base of the filters of one custom field: an empty value leaves the rows as they are."""

    def __init__(self, item: Field, **more: Any) -> None:
        super().__init__(**more)
        self.item = item

    def filter(self, rows: Any, value: Any) -> Any:
        if not value:
            return rows
        return self.narrowed(rows, value, whole=getattr(self.parent.request, "whole", False))

    def narrowed(self, rows: Any, value: Any, *, whole: bool) -> Any:
        """The rows that fit `value`; `whole` says that all are wanted, to count or add them up, and not a page."""
        raise NotImplementedError


class OwnChoices(OfField, filters.MultipleChoiceFilter):
    """Any of several options of a custom field."""

    def __init__(self, item: Field, **more: Any) -> None:
        super().__init__(item, distinct=False, **more)

    def narrowed(self, rows: Any, value: Any, *, whole: bool) -> Any:
        return value_index.by_any(rows, self.item, [_plain(self.item, one) for one in value], whole=whole)


def _plain(item: Field, value: str) -> Any:
    if item.type == Type.YESNO:
        return value == "yes"
    return int(value) if value.isascii() and value.isdigit() else value


class YesNo(forms.MultipleChoiceField):
    """Yes and no, also as programs write them."""

    def to_python(self, value: Any) -> list[str]:
        words = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
        return [words.get(one.lower(), one) for one in super().to_python(value)]


class OwnYesNo(OwnChoices):
    """Yes, no, or either."""

    field_class = YesNo


class OwnText(OfField, filters.CharFilter):
    """The beginning of a custom text, or a link to a record as "deal:5"."""

    def narrowed(self, rows: Any, value: Any, *, whole: bool) -> Any:
        if self.item.type == Type.RECORD:
            return value_index.by_any(rows, self.item, [value], whole=whole)
        text = str(value)
        if self.item.type == Type.LINK and "://" not in text:  # as it is kept where no more was typed
            text = f"https://{text}"
        return value_index.by_beginning(rows, self.item, text[:100], whole=whole)


class Numbers(RangeField):
    """Two numbers, neither with more digits than the database can compare."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((forms.DecimalField(max_digits=40), forms.DecimalField(max_digits=40)), *args, **kwargs)


class NumberRange(filters.RangeFilter):
    """From and to of a number or amount."""

    field_class = Numbers


class OwnNumber(OfField, NumberRange):
    """From and to of a custom number or amount."""

    def narrowed(self, rows: Any, value: Any, *, whole: bool) -> Any:
        return value_index.by_number(rows, self.item, value.start, value.stop, whole=whole)


class OwnDays(OfField, filters.DateFromToRangeFilter):
    """From and to of a custom day or moment."""

    def narrowed(self, rows: Any, value: Any, *, whole: bool) -> Any:
        low, high = (None if day is None else Decimal(int(day.timestamp())) for day in (value.start, value.stop))
        if self.item.type == Type.DATE:  # days are kept as their midnight in UTC, whatever the person's zone
            low, high = (
                None if day is None else value_index.seconds(timezone.localtime(day).date().isoformat())
                for day in (value.start, value.stop)
            )
        return value_index.by_number(rows, self.item, low, high, whole=whole)


def everybody(request: Any = None) -> Any:
    """All people, those who left last: what they were responsible for stays theirs until it is handed over."""
    return User.objects.order_by("-is_active", "last_name", "first_name", "id")


def own_filter(item: Field) -> Any:
    """The filter of a custom field, None where there is none."""
    match item.type:
        case Type.CHOICE | Type.CHOICES:
            return OwnChoices(
                item, label=item.title, choices=[(str(pk), name) for pk, name in (*item.choices, *item.retired)]
            )
        case Type.YESNO:
            return OwnYesNo(item, label=item.title, choices=[("yes", _("yes")), ("no", _("no"))])
        case Type.PERSON:
            people = [(str(person.pk), person.display_name) for person in everybody()]
            return OwnChoices(item, label=item.title, choices=people)
        case Type.NUMBER | Type.MONEY | Type.FORMULA:
            return OwnNumber(item, label=item.title)
        case Type.DATE | Type.MOMENT:
            return OwnDays(item, label=item.title)
        case Type.TEXT | Type.LONG_TEXT | Type.LINK | Type.ADDRESS | Type.RECORD:
            return OwnText(item, label=item.title)
    return None
