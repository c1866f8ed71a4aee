"""Rows of an editor (blocks of a page, fields of a form) between HTML inputs and plain values.

An editor is one HTML form. Buttons named ``op`` change its rows (``add:hero``, ``up:2``, ``remove:1``) and the server
draws it anew; nothing is stored until ``save``. So it works by keyboard, without scripts, and keeps what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from infra.kit.errors import Text
from infra.kit.numbers import whole_number

MOST_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class RowKind:
    """A kind of row: what it is called and its icon."""

    title: Text
    icon: str


@dataclass
class Rows:
    """The rows as typed, and where the focus goes after an operation (row number, name of the input or button)."""

    rows: list[dict[str, str]]
    focus: tuple[int, str] = (-1, "")
    changed: bool = False
    errors: dict[str, Any] = field(default_factory=dict)


def read_rows(data: QueryDict, prefix: str) -> Rows:
    """The rows that inputs named ``<prefix>-<number>-<name>`` hold, in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for name, value in data.items():
        parts = name.split("-", 2)
        if len(parts) == 3 and parts[0] == prefix and parts[1].isdecimal() and isinstance(value, str):
            found.setdefault(int(parts[1][:6]), {})[parts[2]] = value
    return Rows(rows=[found[number] for number in sorted(found)][:MOST_ROWS])


def apply(op: str, state: Rows, fresh: dict[str, dict[str, str]]) -> bool:
    """Carry out ``op`` on the rows; ``fresh`` holds a new row of each kind. False for what is no such operation."""
    verb, _colon, what = op.partition(":")
    if verb == "add" and what in fresh:
        state.rows.append(dict(fresh[what]))
        state.focus = (len(state.rows) - 1, "first")
    elif verb in {"up", "down", "remove"} and (number := whole_number(what)) is not None and number < len(state.rows):
        row = state.rows.pop(number)
        if verb != "remove":
            to = max(0, number - 1) if verb == "up" else min(len(state.rows), number + 1)
            state.rows.insert(to, row)
            state.focus = (to, verb)
    else:
        return False
    state.changed = True
    return True
