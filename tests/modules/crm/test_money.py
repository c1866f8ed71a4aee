"""Sums of rows: right to the minor unit in any currency, and what is printed adds up."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.kit.errors import Conflict, Invalid
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.money import minor_places
from modules.crm.domain.selling.exchange import base_amount, in_base, read_rate, set_rates, worth
from modules.crm.domain.selling.number_series import check_template, shape
from modules.crm.domain.selling.recurrence import nth_date
from modules.crm.domain.selling.row_sums import row_sums, total_of
from modules.crm.models import Deal, ExchangeRate
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

CURRENCIES = st.sampled_from(["EUR", "VND", "KWD", "JPY", "RUB"])


def decimals(least: int, most: int, places: int) -> st.SearchStrategy[Decimal]:
    """Decimals by their count of last places: quicker to draw than st.decimals."""
    return st.integers(least, most).map(lambda n: Decimal(n).scaleb(-places))


PRICES = decimals(0, 10**11, 4)
QUANTITIES = decimals(1, 10**7, 3)
PERCENTS = decimals(0, 10**4, 2)
TAXED = {"quantity": "1", "price": "1.2345", "vat_rate": "5", "vat_included": False}
ROWS = st.fixed_dictionaries(
    {
        "quantity": QUANTITIES,
        "price": PRICES,
        "discount_percent": PERCENTS,
        "vat_rate": st.none() | PERCENTS,
        "vat_included": st.booleans(),
    }
)


def fits(amount: Decimal, currency: str) -> bool:
    return amount == amount.quantize(Decimal(1).scaleb(-minor_places(currency)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(CURRENCIES, st.lists(ROWS, max_size=5))
def test_sums_are_whole_and_add_up(currency: str, rows: list[dict[str, Decimal]]) -> None:
    sums = [row_sums(currency=currency, **row) for row in rows]
    total = total_of(sums)
    for one in [*sums, total]:
        assert one.net + one.vat == one.total
        assert one.gross - one.discount <= one.gross
        assert min(one.net, one.vat, one.total, one.discount) >= 0
        assert all(fits(amount, currency) for amount in (one.gross, one.discount, one.net, one.vat, one.total))
    assert total.total == sum((one.total for one in sums), Decimal(0))
    assert total.vat == sum((one.vat for one in sums), Decimal(0))


@given(CURRENCIES, QUANTITIES, PRICES, PERCENTS)
def test_vat_is_the_nearest_minor_unit(currency: str, quantity: Decimal, price: Decimal, rate: Decimal) -> None:
    half = Decimal("0.5").scaleb(-minor_places(currency))
    top = row_sums(currency=currency, quantity=quantity, price=price, vat_rate=rate, vat_included=False)
    assert abs(top.vat - top.net * rate / 100) <= half
    inside = row_sums(currency=currency, quantity=quantity, price=price, vat_rate=rate, vat_included=True)
    assert abs(inside.vat - inside.total * rate / (100 + rate)) <= half
    assert inside.total == inside.gross


@given(CURRENCIES, PRICES, decimals(0, 10**12, 3))
def test_a_discount_never_takes_more_than_there_is(currency: str, price: Decimal, off: Decimal) -> None:
    sums = row_sums(currency=currency, quantity=Decimal(1), price=price, discount_amount=off)
    assert sums.total == sums.gross - sums.discount >= 0


@pytest.mark.parametrize(
    ("currency", "row", "expected"),
    [
        ("EUR", {"quantity": "3", "price": "0.335"}, ("1.01", "0.00", "1.01")),
        ("EUR", {"quantity": "1", "price": "100", "vat_rate": "20"}, ("83.33", "16.67", "100.00")),
        ("EUR", {"quantity": "1", "price": "9", "vat_rate": "20", "vat_included": False}, ("9.00", "1.80", "10.80")),
        ("VND", {"quantity": "3", "price": "3333.5", "vat_rate": "10"}, ("9092", "909", "10001")),
        ("KWD", TAXED, ("1.235", "0.062", "1.297")),
        ("USD", {"quantity": "2", "price": "9.99", "discount_percent": "12.5"}, ("17.48", "0.00", "17.48")),
    ],
)  # fmt: skip
def test_known_sums(currency: str, row: dict[str, str | bool], expected: tuple[str, str, str]) -> None:
    values = {key: Decimal(value) if isinstance(value, str) else value for key, value in row.items()}
    sums = row_sums(currency=currency, **values)
    assert (str(sums.net), str(sums.vat), str(sums.total)) == expected


@pytest.mark.parametrize(
    ("repeats", "n", "expected"),
    [
        ("month", 1, date(2024, 2, 29)),
        ("month", 2, date(2024, 3, 31)),
        ("month", 13, date(2025, 2, 28)),
        ("quarter", 1, date(2024, 4, 30)),
        ("week", 5, date(2024, 3, 6)),
        ("year", 1, date(2025, 1, 31)),
    ],
)
def test_dates_come_back_after_short_months(repeats: str, n: int, expected: date) -> None:
    assert nth_date(date(2024, 1, 31), repeats, n) == expected
    assert nth_date(date(2024, 2, 29), "year", 1) == date(2025, 2, 28)
    assert nth_date(date(2024, 2, 29), "year", 4) == date(2028, 2, 29)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["month", "quarter", "year"]), st.integers(0, 90))
def test_every_date_is_later_than_the_one_before(starts_on: date, repeats: str, n: int) -> None:
    one, following = nth_date(starts_on, repeats, n), nth_date(starts_on, repeats, n + 1)
    assert one < following
    assert one.day <= starts_on.day


def test_number_templates() -> None:
    day = date(2026, 3, 9)
    assert shape("{year}-{number:4}", 7, day) == "2026-0007"
    assert shape("INV/{yy}{month}/{number}", 12345, day) == "INV/2603/12345"
    refused = (("2026", True), ("{number}", True), ("{number}{number}", False), ("{day}{number}", False), ("", False))
    for wrong, yearly in refused:
        with pytest.raises(Invalid):
            check_template(wrong, yearly=yearly)
    assert check_template(" {number} ", yearly=False) == "{number}"


def test_amounts_in_the_base_currency(portal: Portal, alice: User) -> None:
    portal.currency = "EUR"
    first, later = date(2026, 1, 1), date(2026, 2, 1)
    with pytest.raises(Conflict) as refusal:
        in_base(Decimal(10), "USD", later)
    assert refusal.value.code == "no_exchange_rate"
    assert set_rates(actor=alice, day=first, rates={"USD": "0,9", "RUB": ""}) == 1
    assert set_rates(actor=alice, day=later, rates={"USD": "0.85555"}) == 1
    assert set_rates(actor=alice, day=later, rates={"USD": "0.85555"}) == 0
    assert in_base(Decimal("10.00"), "USD", date(2026, 1, 31)) == Decimal("9.00")
    assert in_base(Decimal("10.00"), "USD", later) == Decimal("8.56")
    assert in_base(Decimal("10.00"), "USD", date(2020, 1, 1)) == Decimal("9.00")
    assert in_base(Decimal("10.00"), "EUR", later) == Decimal("10.00")
    deal = record(alice, DEAL, title="Dollars", amount="10.00", currency="USD")
    row = Deal.objects.annotate(own=base_amount()).get(pk=deal.pk)
    assert row.own == in_base(Decimal("10.00"), "USD", date(2026, 11, 22)) == Decimal("8.56")
    for day in (date(2025, 5, 1), first, date(2026, 1, 31), later, date(2026, 3, 1)):
        Deal.objects.filter(pk=deal.pk).update(closed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        assert Deal.objects.annotate(own=worth(DEAL)).get(pk=deal.pk).own == in_base(Decimal("10.00"), "USD", day)
    Deal.objects.filter(pk=deal.pk).update(currency="RUB")
    assert Deal.objects.annotate(own=worth(DEAL)).get(pk=deal.pk).own is None
    with pytest.raises(Invalid) as wrong:
        set_rates(actor=alice, day=first, rates={"USD": "-1", "EUR": "1"})
    assert set(wrong.value.fields) == {"USD", "EUR"}
    assert ExchangeRate.objects.filter(base="EUR").count() == 2


@given(st.text(max_size=20))
def test_any_text_is_a_rate_or_refused(typed: str) -> None:
    try:
        rate = read_rate(typed)
    except Invalid:
        return
    assert 0 < rate <= Decimal("9999999999")
