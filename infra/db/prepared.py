"""Queries of hot paths that Django compiles once: working out their SQL costs ten times what asking the server does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from infra.db.connections import DEFAULT, wire
from infra.db.current import portal_schema

Value = int | str | datetime
Argument = Value | Sequence[Value]
_TYPES = (int, str, datetime)
_LONG_AGO = datetime(1583, 1, 1, tzinfo=UTC)


class Prepared:
    """A query over tables of the portal, made by `build` from whole numbers, texts, moments, and sequences of them.

    `build` is called once for every shape of its arguments, with marks in their place, and must use each of them as a
    value of the query and for nothing else (ValueError). Rows come as the database gives them, so it names plain
    columns with `values_list`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._made: dict[tuple[object, ...], tuple[str, list[Any]]] = {}

    def rows(self, *arguments: Argument) -> list[tuple[Any, ...]]:
        """What the query finds in the portal that is entered. Raises NoPortal outside of one."""
        portal_schema()
        values = _flat(arguments)
        marks = [_mark(place, value) for place, value in enumerate(values)]
        shape = tuple(type(one) if isinstance(one, _TYPES) else len(one) for one in arguments)
        made = self._made.get((shape, *map(type, values)))
        if made is None:
            made = self._made[(shape, *map(type, values))] = self._compiled(arguments, marks)
        statement, places = made
        given = dict(zip(marks, values, strict=True))
        parameters = [given.get(place, place) if type(place) in _TYPES else place for place in places]
        with wire().cursor() as cursor:
            cursor.execute(statement, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def _compiled(self, arguments: Sequence[Argument], marks: Sequence[Value]) -> tuple[str, list[Any]]:
        rest = iter(marks)
        stand_ins = [next(rest) if isinstance(one, _TYPES) else [next(rest) for _ in one] for one in arguments]
        statement, parameters = self._build(*stand_ins).query.get_compiler(DEFAULT).as_sql()
        if missing := [mark for mark in marks if mark not in parameters]:
            raise ValueError(f"arguments of a prepared query that are no plain values of it: {len(missing)}")
        return statement, list(parameters)


def _flat(arguments: Sequence[Argument]) -> list[Value]:
    return [item for one in arguments for item in ([one] if isinstance(one, _TYPES) else one)]


def _mark(place: int, value: Value) -> Value:
    """A value that nobody asks for, of the type of `value`."""
    if isinstance(value, datetime):
        return _LONG_AGO + timedelta(seconds=place)
    return f"\u241fmark {place}" if isinstance(value, str) else -(2**62) - place
