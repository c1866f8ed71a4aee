"""One row of a file as what it says: values by field key, whom it names, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain.contact_points import KIND_OF, Point, read_lists
from modules.crm.domain.fields import POINTS, Field, Type
from modules.crm.domain.importing import cells
from modules.crm.domain.importing.delimited import Torn
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.matching import Column, shown
from modules.crm.domain.importing.targets import (
    COMPANY,
    CONTACT,
    CREATED,
    EXTERNAL,
    FULL_NAME,
    NOTE,
    PERSON,
    REQUISITE,
    RESPONSIBLE,
    STAGE,
    Target,
)
from modules.crm.domain.importing.words import ANSWERS

_SURNAME_FIRST = ("вич", "вна", "ична", "оглы", "кызы")


@dataclass(kw_only=True)
class Row:
    """What a row says. `links` are names of companies and contacts by field key; `points` the row's own, read once;
    `company` and `contact` what is told of those beside their names; `notes` what was understood differently."""

    number: int
    cells: Sequence[Any]
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    company: dict[str, list[str]] = field(default_factory=dict)
    contact: dict[str, list[str]] = field(default_factory=dict)
    requisites: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    stage: str = ""
    external: str = ""
    created_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """Why it is refused, in one line."""
        return " ".join(self.wrong)[:1000]


class Reader:
    """Reads rows of a kind by its columns."""

    def __init__(self, kind_key: str, columns: Sequence[Column], targets: Mapping[str, Target], money: str) -> None:
        self._kind, self._money = kind_key, money
        self._titles: dict[str, dict[str, Any]] = {}
        self._width = len(columns)
        self._columns = [
            (place, column, targets[column.target])
            for place, column in enumerate(columns)
            if column.target and column.target in targets
        ]

    def read(self, number: int, values: Sequence[Any]) -> Row:
        """The row `number` (of the file's rows below its header) with these cells."""
        if isinstance(values, Torn):
            return Row(number=number, cells=values, wrong=[values.reason])
        values = [_as_it_was(cell) for cell in values]
        row = Row(number=number, cells=values)
        if any(cell not in (None, "") for cell in values[self._width :]):
            row.wrong.append(_("The row has more cells than the file has columns: put what has a comma into quotes."))
        self._row_money = self._currency(values)
        for place, column, target in self._columns:
            cell = values[place] if place < len(values) else None
            if cell in (None, ""):
                continue
            try:
                self._take(row, column, target, cell)
            except Invalid as error:
                row.wrong.append(f"{column.name}: {error.message}")
        self._finish(row)
        return row

    def _currency(self, values: Sequence[Any]) -> str:
        """The currency of the row's amounts: its own column, else a sign beside an amount, else the portal's."""
        beside = ""
        for place, _column, target in self._columns:
            cell = values[place] if place < len(values) else None
            if cell in (None, ""):
                continue
            if target.key == "currency":
                try:
                    return cells.currency(cell)
                except Invalid:
                    return self._money
            if target.field is not None and target.field.type == "amount":
                beside = beside or cells.currency_in(cell)
        return beside or self._money

    def _take(self, row: Row, column: Column, target: Target, cell: Any) -> None:
        key = target.key
        if key == STAGE:
            row.stage = shown(cell)
        elif key == RESPONSIBLE:
            row.people[RESPONSIBLE] = shown(cell)
        elif key == CREATED:
            row.created_at = cells.moment(cell, column)
        elif key == EXTERNAL:
            row.external = shown(cell)[:100]
        elif key == NOTE:
            row.values.setdefault("comment", []).append(f"{column.name}: {shown(cell)}")
        elif key == FULL_NAME:
            row.values |= split_name(shown(cell))
        elif key.startswith(PERSON):
            row.values.setdefault(PERSON, {})[key] = shown(cell)
        elif key.startswith(REQUISITE):
            row.requisites[target.part] = shown(cell)
        elif key.startswith((COMPANY, CONTACT)):
            whose, _colon, name = key.partition(":")
            getattr(row, whose).setdefault(name, []).extend(cells.several(cell))
        elif target.field is not None:
            self._take_field(row, column, target, target.field, cell)

    def _take_field(self, row: Row, column: Column, target: Target, item: Field, cell: Any) -> None:
        key = item.key
        if item.type in POINTS:
            given = row.values.setdefault(key, [])
            given += [{"typed": text, "label": target.part} for text in cells.several(cell)]
        elif item.type == "addresses":
            lines = row.values.setdefault(key, {})
            lines[target.part or "street"] = shown(cell)
        elif key == "currency":
            row.values[key] = cells.currency(cell)
        elif item.type == Type.CHOICE and not item.custom:
            self._choose(row, column, item, cell)
        elif item.type in (Type.CHOICE, Type.CHOICES):
            row.choices[key] = shown(cell)
        elif item.type == Type.PERSON:
            row.people[key] = shown(cell)
        elif item.type in ("companies", "contacts") or (item.type == Type.RECORD and item.links):
            row.links[key] = " ".join(shown(cell).split())[:300]
        elif key == "comment":
            row.values.setdefault(key, []).insert(0, shown(cell))
        else:
            row.values[key] = cells.raw_of(item, cell, column, self._row_money)

    def _choose(self, row: Row, column: Column, item: Field, cell: Any) -> None:
        own = f"{self._kind}.{item.key}"
        if item.key not in self._titles:
            self._titles[item.key] = cells.titles_of(own if own in ANSWERS else item.key, item.choices)
        value = self._titles[item.key].get(plain(shown(cell)))
        if value is not None:
            row.values[item.key] = value
        elif item.key == "source":
            row.values |= {"source": "other", "source_detail": shown(cell)[:200]}
        else:
            row.values.setdefault("comment", []).append(f"{column.name}: {shown(cell)}")
            row.notes.append(
                _("“%(text)s” is none of the answers; it goes into the comment.") % {"text": shown(cell)[:60]}
            )

    def _finish(self, row: Row) -> None:
        values = row.values
        if PERSON in values:
            parts = values.pop(PERSON)
            full = " ".join(
                parts[name] for name in (f"{PERSON}first", f"{PERSON}middle", f"{PERSON}last") if name in parts
            )
            values.setdefault("person_name", full)
        if isinstance(values.get("comment"), list):
            values["comment"] = "\n".join(values["comment"])[:10_000]
        if isinstance(values.get("addresses"), dict):
            values["addresses"] = [values["addresses"]]
        if any(target.field is not None and target.field.type == "amount" for _place, _column, target in self._columns):
            values.setdefault("currency", self._row_money)
        lists = {name: values[name] for name in POINTS if name in values}
        try:
            row.points = read_lists(lists)
        except Invalid as error:
            row.wrong += [text for texts in error.fields.values() for text in texts]
        for name in lists:
            values[name] = [point for point in row.points if point.kind == KIND_OF[name]]


def _as_it_was(cell: Any) -> Any:
    """A cell without the apostrophe that exports put before what a spreadsheet takes for a formula."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and cell[1:2] in tuple("=+-@|%") else cell


def split_name(text: str) -> dict[str, str]:
    """A full name as first, middle and last name; “Surname, First” and Russian “Surname First Patronymic” are known."""
    surname, comma, rest = text.partition(",")
    words = [*rest.split(), *surname.split()] if comma else text.split()
    if len(words) == 1:
        return {"first_name": words[0][:100]}
    if len(words) >= 3 and plain(words[-1]).endswith(_SURNAME_FIRST):
        first, middle, last = words[1], " ".join(words[2:]), words[0]
    else:
        first, middle, last = words[0], " ".join(words[1:-1]), words[-1]
    return {"first_name": first[:100], "middle_name": middle[:100], "last_name": last[:100]}
