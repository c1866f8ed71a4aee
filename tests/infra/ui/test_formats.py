"""Formats, letters and forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from infra.kit.errors import Invalid
from infra.ui import formats
from infra.ui.forms import field_html, form_errors


@pytest.mark.parametrize(
    ("language", "amount", "currency", "shown"),
    [
        ("en", Decimal("1234.5"), "EUR", "€1,234.50"),
        ("en", Decimal("1234.00"), "EUR", "€1,234"),
        ("ru", Decimal("1990"), "RUB", "1 990 ₽"),
        ("ru", Decimal("0.72"), "RUB", "0,72 ₽"),
        ("en", Decimal("1000"), "JPY", "¥1,000"),
    ],
)
def test_money_in_the_readers_language(language, amount, currency, shown):
    with translation.override(language):
        assert formats.money(amount, currency).replace("\xa0", " ").replace("\u202f", " ") == shown


@time_machine.travel(datetime(2026, 3, 10, 12, 0, tzinfo=UTC), tick=False)
def test_times_are_the_readers():
    when = datetime(2026, 3, 9, 22, 0, tzinfo=UTC)
    with translation.override("en"), timezone.override("UTC"):
        assert formats.moment(when).replace("\u202f", " ") == "yesterday, 10:00 PM"
        assert formats.ago(when) == "14 hours ago"
        assert formats.day(date(2026, 1, 5)) == "Jan 5"
        assert formats.day(date(2024, 1, 5)) == "Jan 5, 2024"
    with translation.override("ru"), timezone.override("Asia/Tokyo"):
        assert formats.moment(when) == "сегодня, 07:00"


def test_one_moment_is_told_in_each_zone_and_on_both_sides_of_a_clock_change():
    """Moments are remembered by what they show: equal moments of two zones are not the same text."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Berlin, before clocks go back; an hour later again
    told = []
    with translation.override("en"):
        for zone, when in (
            ("Europe/Berlin", first),
            ("Europe/Berlin", first + timedelta(hours=1)),
            ("Asia/Tokyo", first),
            ("Europe/Berlin", first),
        ):
            with timezone.override(zone):
                told.append(formats.full_moment(when).replace("\u202f", " "))
    assert "2:30:00 AM +0200" in told[0]
    assert "2:30:00 AM +0100" in told[1]
    assert "9:30:00 AM +0900" in told[2]
    assert told[3] == told[0]


def test_phones_are_spaced_and_nonsense_is_left_alone():
    assert formats.phone("+74951234567") == "+7 495 123-45-67"
    assert formats.phone("ask Anna") == "ask Anna"


class Sample(forms.Form):
    name = forms.CharField(help_text="As written")


def test_a_field_ties_label_hint_and_error_together():
    form = Sample({})
    html = field_html(form["name"])
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<label class="form-label" for="id_name">' in html


def test_a_verbs_refusal_lands_at_its_field_or_above_the_form():
    form = Sample({"name": "x"})
    assert form.is_valid()
    form_errors(form, Invalid("No.", fields={"name": ["Taken."], "other": ["Odd."]}))
    assert form.errors == {"name": ["Taken."], "__all__": ["Odd."]}
    other = Sample({"name": "x"})
    assert other.is_valid()
    form_errors(other, Invalid("No."))
    assert other.errors == {"__all__": ["No."]}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>'])
def test_components_escape_what_they_are_given(text):
    html = Template("{% load ui %}<c-ui.badge>{{ text }}</c-ui.badge>{% icon 'user' label=text %}").render(
        Context({"text": text})
    )
    assert "<script>" not in html
    assert "<img" not in html
