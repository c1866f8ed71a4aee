"""Phones, e-mails and amounts: one form whatever was typed."""

from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kit.errors import Invalid
from modules.crm.domain.emails import comparable
from modules.crm.domain.money import LARGEST, amount_of
from modules.crm.domain.phones import digits_of, e164_of, looks_like_phone, suffixes_of


@pytest.mark.parametrize(
    ("typed", "region", "expected"),
    [
        ("+7 (495) 123-45-67", "", "+74951234567"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("495 123 45 67", "RU", "+74951234567"),
        ("84951234567", "RU", "+74951234567"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("0044 20 7946 0123", "PL", "+442079460123"),
        ("+44 20 7946 0123 ext. 5", "", "+442079460123"),
        ("tel:+1-201-555-0123", "", "+12015550123"),
        ("٠٢٠ ٧٩٤٦ ٠١٢٣", "GB", "+442079460123"),
        ("123", "RU", ""),
        ("call me", "RU", ""),
        ("", "RU", ""),
        ("020 7946 0123", "", ""),
        ("020 7946 0123", "XX", ""),
        ("+" + "9" * 300, "RU", ""),
    ],
)
def test_phones(typed: str, region: str, expected: str) -> None:
    assert e164_of(typed, region) == expected


@given(st.text(max_size=60), st.sampled_from(["", "RU", "US", "GB", "VN", "xx"]))
def test_any_text_is_a_number_or_nothing(typed: str, region: str) -> None:
    value = e164_of(typed, region)
    assert value == "" or (value.startswith("+") and value[1:].isdigit() and 4 <= len(value) <= 18)
    if value:
        assert e164_of(value, "") == value


@given(st.sampled_from(["RU", "GB", "US", "PL", "FR", "VN", "BR"]), st.data())
def test_every_writing_of_a_number_is_the_same_number(region: str, data: st.DataObject) -> None:
    number = phonenumbers.example_number(region)
    written = data.draw(
        st.sampled_from(
            [
                phonenumbers.PhoneNumberFormat.E164,
                phonenumbers.PhoneNumberFormat.INTERNATIONAL,
                phonenumbers.PhoneNumberFormat.NATIONAL,
                phonenumbers.PhoneNumberFormat.RFC3966,
            ]
        )
    )
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert e164_of(phonenumbers.format_number(number, written), region) == expected


@given(st.from_regex(r"[0-9]{3,15}", fullmatch=True), st.data())
def test_any_fragment_begins_some_ending(digits: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(digits) - 3))
    end = data.draw(st.integers(start + 3, len(digits)))
    assert any(ending.startswith(digits[start:end]) for ending in suffixes_of(digits))


def test_what_looks_like_a_phone() -> None:
    assert looks_like_phone("+7 (495) 12")
    assert not looks_like_phone("12")
    assert not looks_like_phone("495 Ivan")
    assert digits_of("+7 (٤٩٥)") == "7495"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("ann@пример.рф", "ann@xn--e1afmkfd.xn--p1ai"),
        ("ann@example.com.", "ann@example.com"),
        ("ann@@example.com", ""),
        ("@example.com", ""),
        ("ann", ""),
        ("", ""),
        ("a" * 300 + "@example.com", ""),
        ("ann@exa mple.com", ""),
    ],
)
def test_emails(typed: str, expected: str) -> None:
    assert comparable(typed) == expected


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_nothing(typed: str) -> None:
    value = comparable(typed)
    assert value == comparable(value)
    assert value == "" or ("@" in value and value == value.lower() and len(value) <= 254)


@given(st.emails())
def test_case_does_not_matter(address: str) -> None:
    assert comparable(address.upper()) == comparable(address.lower())


@pytest.mark.parametrize(
    ("typed", "currency", "expected"),
    [
        ("", "EUR", "0.00"),
        ("1500", "EUR", "1500.00"),
        ("1 500,50", "RUB", "1500.50"),
        ("1 500,5", "RUB", "1500.50"),
        ("1,500.50", "USD", "1500.50"),
        ("1.500,50", "EUR", "1500.50"),
        ("1,500", "USD", "1500.00"),
        ("0,500", "EUR", "0.50"),
        ("1.234.567", "EUR", "1234567.00"),
        ("1'234'567.89", "EUR", "1234567.89"),
        ("12,5", "EUR", "12.50"),
        ("0.005", "EUR", "0.01"),
        ("1500.5", "VND", "1501.00"),
        (7, "EUR", "7.00"),
    ],
)
def test_amounts(typed: str | int, currency: str, expected: str) -> None:
    assert amount_of(typed, currency) == Decimal(expected)


@pytest.mark.parametrize(
    "typed", ["-1", "1-2", "NaN", "Infinity", "1e5", "12,34,5", "1.2.3", "five", "1" * 14, ".", ","]
)
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        amount_of(typed, "EUR")
    assert list(refusal.value.fields) == ["amount"]


@given(st.decimals(0, LARGEST, places=2), st.sampled_from(["{:f}", "{:,}"]))
def test_a_printed_amount_reads_back(amount: Decimal, pattern: str) -> None:
    assert amount_of(pattern.format(amount), "USD") == amount


@given(st.text(max_size=30), st.sampled_from(["EUR", "VND"]))
def test_any_text_is_an_amount_or_refused(typed: str, currency: str) -> None:
    try:
        amount = amount_of(typed, currency)
    except Invalid:
        return
    assert 0 <= amount <= LARGEST
    assert amount == amount.quantize(Decimal("0.01"))
