"""Queries of hot paths that Django compiles once: working out their SQL costs ten times what asking the server does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from infra.db.connections import DEFAULT, wire
from infra.db.current import portal_schema

Value = int | str | datetime
Argument = Value | Sequence[Value]
_TYPES = (int, str, datetime)
_LONG_AGO = datetime(1583, 1, 1, tzinfo=UTC)


class _Made(NamedTuple):
    """What one shape of arguments comes to: the statement, its parameters with marks in place of arguments."""

    statement: str
    places: list[Any]
    compiler: SQLCompiler
    converters: dict[int, Any]


class Prepared:
    """A query over tables of the portal, made by `build` from whole numbers, texts, moments, and sequences of them.

    `build` is called once for every shape of its arguments, with marks in their place, and must use each of them as a
    value of the query and for nothing else (ValueError). Of a sequence it asks whether a column is one of it: there it
    may be repeated, and an empty one finds nothing.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._made: dict[tuple[object, ...], _Made | None] = {}

    def rows(self, *arguments: Argument) -> list[tuple[Any, ...]]:
        """The columns that the query finds in the portal that is entered. Raises NoPortal outside of one."""
        return self._asked(arguments)[1]

    def found(self, *arguments: Argument) -> list[Any]:
        """The same as model rows, for a query that names no columns: with what it selects along and annotates."""
        compiler, values = self._asked(arguments)
        if compiler is None:
            return []
        info, select, more = compiler.klass_info, compiler.select or [], compiler.annotation_col_map or {}
        if info is None or not compiler.query.default_cols:
            raise ValueError("a prepared query that names columns has no model rows")
        model, places = info["model"], info["select_fields"]
        first, last = places[0], places[-1] + 1
        names = [column[0].target.attname for column in select[first:last]]
        related = get_related_populators(info, select, DEFAULT)  # type: ignore[call-arg]  # the stubs are of Django 6
        found = []
        for value in values:
            row = model.from_db(DEFAULT, names, value[first:last])
            for populator in related:
                populator.populate(value, row)
            for name, place in more.items():
                setattr(row, name, value[place])
            found.append(row)
        return found

    def _asked(self, arguments: Sequence[Argument]) -> tuple[SQLCompiler | None, list[tuple[Any, ...]]]:
        portal_schema()
        filled = [one if isinstance(one, _TYPES) else _filled(one) for one in arguments]
        values = _flat(filled)
        marks = [_mark(place, value) for place, value in enumerate(values)]
        shape = (*(type(one) if isinstance(one, _TYPES) else len(one) for one in filled), *map(type, values))
        if shape not in self._made:
            self._made[shape] = self._compiled(filled, marks)
        made = self._made[shape]
        if made is None:
            return None, []
        given = dict(zip(marks, values, strict=True))
        parameters = [given.get(place, place) if type(place) in _TYPES else place for place in made.places]
        connection = wire()
        with connection.cursor() as cursor:
            cursor.execute(made.statement, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        compiler = made.compiler
        if made.converters:
            compiler = copy(compiler)  # threads share what was made, and each has a connection of its own
            compiler.connection = connection
            found = [tuple(row) for row in compiler.apply_converters(found, made.converters)]
        return compiler, found

    def _compiled(self, arguments: Sequence[Argument], marks: Sequence[Value]) -> _Made | None:
        rest = iter(marks)
        stand_ins = [next(rest) if isinstance(one, _TYPES) else [next(rest) for _ in one] for one in arguments]
        compiler = self._build(*stand_ins).query.get_compiler(DEFAULT)
        try:
            statement, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        if missing := [mark for mark in marks if mark not in parameters]:
            raise ValueError(f"arguments of a prepared query that are no plain values of it: {len(missing)}")
        columns = [column[0] for column in (compiler.select or [])[: compiler.col_count]]
        return _Made(statement, list(parameters), compiler, compiler.get_converters(columns))


def _filled(values: Sequence[Value]) -> Sequence[Value]:
    """`values` up to the next power of two, the last of them repeated: so there are few shapes to remember."""
    known = list(values)
    return known + known[-1:] * ((1 << (len(known) - 1).bit_length()) - len(known))


def _flat(arguments: Sequence[Argument]) -> list[Value]:
    return [item for one in arguments for item in ([one] if isinstance(one, _TYPES) else one)]


def _mark(place: int, value: Value) -> Value:
    """A value that nobody asks for, of the type of `value`."""
    if isinstance(value, datetime):
        return _LONG_AGO + timedelta(seconds=place)
    return f"\u241fmark {place}" if isinstance(value, str) else -(2**62) - place
