"""Reading files, headings and cells: rules with many cases."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from infra.kit.errors import Invalid
from modules.crm.domain.importing import cells, tables
from modules.crm.domain.importing.delimited import Torn
from modules.crm.domain.importing.headings import plain, words_of
from modules.crm.domain.importing.matching import Column, Days, decimal_of
from modules.crm.domain.importing.rows import split_name
from modules.crm.domain.importing.tables import Shape, headings_of, rows_of, shape_of

PLAIN = Column(name="x")
COMMA = Column(name="x", decimal=",")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table"


@pytest.mark.parametrize(
    ("kind", "heading", "target"),
    [
        ("contact", "E-Mail", "emails"),
        ("contact", "e-mail-adresse", "emails"),
        ("contact", "Адрес электронной почты", "emails"),
        ("contact", "Telefon komórkowy", "phones:mobile"),
        ("contact", "Celular", "phones:mobile"),
        ("contact", "Téléphone portable", "phones:mobile"),
        ("contact", "Số điện thoại", "phones"),
        ("contact", "Móvil", "phones:mobile"),
        ("contact", "Мобильный", "phones:mobile"),
        ("contact", "ФИО", "full_name"),
        ("contact", "Họ và tên", "full_name"),
        ("contact", "Prénom", "first_name"),
        ("contact", "Apellidos", "last_name"),
        ("company", "Razão social", "name"),
        ("company", "Firma nadrzędna", "parent_id"),
        ("company", "ИНН", "requisite:inn"),
        ("company", "Chiffre d'affaires", "revenue"),
        ("deal", "Этап сделки", "stage"),
        ("deal", "Data de fechamento", "closes_on"),
        ("deal", "Wartość", "amount"),
        ("lead", "Źródło", "source"),
        ("lead", "Zuständig", "responsible"),
    ],
)
def test_headings_in_many_languages(kind: str, heading: str, target: str) -> None:
    assert words_of(kind)[plain(heading)] == target


@pytest.mark.parametrize(
    ("cell", "column", "found"),
    [
        ("1 500,50", COMMA, "1500.50"),
        ("1.500,50 €", COMMA, "1500.50"),
        ("1,500.50", PLAIN, "1500.50"),
        ("$ 1,500", PLAIN, "1500"),
        ("1.500", COMMA, "1500"),
        ("12\u00a0000\u202f000", COMMA, "12000000"),
        ("-3,5", COMMA, "-3.5"),
        (1500.5, COMMA, "1500.5"),
        ("1'500.50", PLAIN, "1500.50"),
        ("1,234.56", COMMA, "1234.56"),
        ("1.234,56", PLAIN, "1234.56"),
        ("1,5", PLAIN, "1.5"),
        ("0.250", COMMA, "0.250"),
        ("1.234.567", PLAIN, "1234567"),
        ("1,00,000.5", PLAIN, "100000.5"),
        ("\u22125", PLAIN, "-5"),
        ("(1,500.00)", PLAIN, "-1500.00"),
    ],
)
def test_numbers(cell: object, column: Column, found: str) -> None:
    assert cells.number(cell, column) == found


@pytest.mark.parametrize(
    "cell", ["abc", "1-2", "", "1,2,3,4.5.6", "--5", "1,2,3", "10 тыс. руб.", "1.5 mln", "20k", "1 500 руб. 50 коп."]
)
def test_what_is_no_number(cell: str) -> None:
    with pytest.raises(Invalid):
        cells.number(cell, PLAIN)


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999999999.99"), places=2), st.sampled_from(".,"))
def test_an_amount_is_read_as_it_was_written(amount: Decimal, sign: str) -> None:
    groups = " " if sign == "," else ","
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", sign).replace("\0", groups)
    assert decimal_of([text], "en") == sign
    assert Decimal(cells.number(text, Column(name="x", decimal=sign))) == amount


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
@example(date(2000, 2, 29), "mdy")
def test_a_day_is_read_as_it_was_written(day: date, order: str) -> None:
    form = {"dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[order]
    assert cells.day(day.strftime(form), Column(name="x", days=order)) == day


def test_a_clock_of_twelve_hours_is_read() -> None:
    hours = [cells.moment(f"03/14/2026 {time}", Column(name="x", days="mdy")).hour for time in ("5:30 PM", "12:10 am")]
    assert hours == [17, 0]


@pytest.mark.parametrize(
    ("days", "language", "order", "offered"),
    [
        (["01/02/2026", "03/14/2026"], "ru", "mdy", ()),
        (["01/02/2026", "14/03/2026"], "en-us", "dmy", ()),
        (["2026-03-14"], "ru", "ymd", ()),
        (["01/02/2026", "05/05/2026"], "en", "dmy", ("dmy", "mdy")),
        (["01-02-26"], "en-us", "mdy", ("dmy", "mdy")),
        (["01.02.2026"], "ru", "dmy", ()),  # with points, nobody writes the month first
        (["05/05/2026"], "en", "dmy", ()),
        (["01/02/2026", "14/03/2026", "03/14/2026"], "en", "dmy", ("dmy", "mdy")),  # the file contradicts itself
    ],
)
def test_the_order_of_days_is_seen(days: list[str], language: str, order: str, offered: tuple[str, ...]) -> None:
    seen = Days()
    for value in days:
        seen.look_at(value)
    assert (seen.order(language), seen.orders(language)) == (order, offered)


def test_several_in_a_cell() -> None:
    assert cells.several("a@x.example; b@x.example\nc@x.example") == ["a@x.example", "b@x.example", "c@x.example"]
    assert cells.several("+7 495 1, +7 495 2") == ["+7 495 1", "+7 495 2"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ann Lee", ("Ann", None, "Lee")),
        ("Lee, Ann Mary", ("Ann", "Mary", "Lee")),
        ("Носков Владилен Архипович", ("Владилен", "Архипович", "Носков")),
        ("Ann", ("Ann", None, None)),
    ],
)
def test_names_are_split(text: str, parts: tuple[str | None, ...]) -> None:
    found = split_name(text)
    assert tuple(found.get(key) or None for key in ("first_name", "middle_name", "last_name")) == parts


_CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(_CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_rows_come_back_as_they_were_written(file: Path, rows: list[list[str]], sign: str) -> None:
    target = io.StringIO()
    csv.writer(target, delimiter=sign).writerows(rows)
    file.write_text(target.getvalue(), encoding="utf-8", newline="")
    shape = Shape(format="csv", delimiter=sign, header=False)
    whole = [[cell.strip() for cell in row] for row in rows]
    assert [list(row) for row in rows_of(file, shape)] == [row for row in whole if any(row)]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        shape = shape_of(file, "x")
        assert all(any(cell not in (None, "") for cell in row) for row in rows_of(file, shape))
    except Invalid as refusal:
        told = str(refusal)
    else:
        told = headings_of(file, shape)[0]
    assert told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_encodings_of_office_programs(file: Path, encoding: str) -> None:
    text = "Имя;Фамилия;Должность\n" + "Владилен;Носков;Бухгалтер по расчётам\nХаритон;Лихачёв;Водитель\n" * 10
    file.write_text(text, encoding=encoding)
    shape = shape_of(file, "x")
    assert (headings_of(file, shape), shape.delimiter) == (["Имя", "Фамилия", "Должность"], ";")
    assert next(iter(rows_of(file, shape))) == ["Владилен", "Носков", "Бухгалтер по расчётам"]


def test_a_table_without_headings_gets_numbers(file: Path) -> None:
    file.write_text("ann@x.example,39\nbob@x.example,44\n")
    shape = shape_of(file, "x")
    assert (shape.header, headings_of(file, shape)) == (False, ["Column 1", "Column 2"])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_the_first_letter_beyond_ascii_may_come_late(file: Path, encoding: str) -> None:
    plain = "".join(f"{n};plain name;buyer\n" for n in range(15_000))
    word = "Владилен Архипович;Бухгалтер по расчётам с поставщиками"
    file.write_text(f"Id;Name;Post\n{plain}{''.join(f'{n};{word}{chr(10)}' for n in range(50))}", encoding=encoding)
    assert file.stat().st_size > 256 * 1024
    shape = shape_of(file, "x")
    assert list(rows_of(file, shape))[-1] == ["49", *word.split(";")]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(file: Path) -> None:
    file.write_text('Name;Town\nAnn;York\nBob;"Hull\nCid;Bath\n')
    with pytest.raises(Invalid) as refusal:
        shape_of(file, "x")
    assert "Line 3" in str(refusal.value)
    file.write_text('Name;Town\nAnn;"York\nEngland"\nBob;"Hull ""east"""')
    assert list(rows_of(file, shape_of(file, "x"))) == [["Ann", "York\nEngland"], ["Bob", 'Hull "east"']]


@pytest.mark.parametrize(
    ("middle", "torn"),
    [
        ('2,"Bob,Hull\n3,"Cid",Bath\n', [["2", '"Bob', "Hull"], ["3", "Cid", "Bath"]]),
        ('2,"Bob,Hull\n3,Cid,Bath\n4,6",Ely\n', [["2", '"Bob', "Hull"], ["3", "Cid", "Bath"], ["4", '6"', "Ely"]]),
    ],
)
def test_a_quotation_mark_closed_further_down_joins_no_rows(file: Path, middle: str, torn: list[list[str]]) -> None:
    file.write_text(f'Id,Name,Town\n1,Ann,"York\nEngland"\n{middle}5,Dan,Ryde\n')
    rows = list(rows_of(file, shape_of(file, "x")))
    assert rows == [["1", "Ann", "York\nEngland"], *torn, ["5", "Dan", "Ryde"]]
    lines = f"lines 4 to {3 + len(torn)} "
    assert [isinstance(row, Torn) and lines in row.reason for row in rows] == [False, *[True] * len(torn), False]


def test_a_comma_too_many_makes_no_column(file: Path) -> None:
    file.write_text("Name,Town,,\nAnn,York\nLee, Bob,Hull\nCid,Bath\n")
    assert headings_of(file, shape_of(file, "x")) == ["Name", "Town"]
    file.write_text("Name,Town\nAnn,York,1\nBob,Hull,2\nCid,Bath\n")
    assert headings_of(file, shape_of(file, "x")) == ["Name", "Town", "Column 3"]


def test_a_file_of_line_ends_is_refused_before_it_takes_minutes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_LINES", 100)
    file.write_text("Name\nAnn\n" + "\n" * 200)
    with pytest.raises(Invalid):
        list(rows_of(file, Shape(format="csv")))
