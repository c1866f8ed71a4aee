"""Formulas of custom fields: arithmetic over the record's own numbers, read by a parser of our own grammar.

`{amount} * 0.2`, `round({f12} / {f13}, 1)`, `if({probability} > 50, {amount}, 0)`. Names in braces are field keys.
Nothing of Python is evaluated: the text is parsed into Python's syntax tree, and only the nodes named here are walked.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Set
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid

LONGEST = 500
LARGEST = Decimal(10) ** 17
_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_SIGNS: Mapping[type[ast.AST], Callable[[Decimal, Decimal], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def names_in(formula: str) -> set[str]:
    """Keys of the fields that `formula` asks for."""
    return set(_NAME.findall(formula))


def asked_for(asked: Mapping[str, Set[str]], names: Iterable[str]) -> list[str]:
    """Those of the formulas `asked` (key → keys that it asks for) that `names` need, in the order to work them out."""
    found: list[str] = []
    entered: set[str] = set()

    def enter(key: str) -> None:
        if key in asked and key not in entered:
            entered.add(key)
            for name in sorted(asked[key]):
                enter(name)
            found.append(key)

    for name in names:
        enter(name)
    return found


def check(formula: str, known: set[str]) -> None:
    """Raises Invalid(formula) unless it can be read and asks only for `known` fields."""
    if unknown := sorted(names_in(formula) - known):
        raise _wrong(_("There is no number called {%(name)s}.") % {"name": unknown[0]})
    try:
        _value(_tree(formula), dict.fromkeys(names_in(formula), Decimal(1)))
    except (InvalidOperation, DivisionByZero, Overflow):
        return  # a matter of values, not of the formula


def compute(formula: str, values: Mapping[str, Decimal | None]) -> str | None:
    """The result with up to six decimal places, None where a number is missing, or there is no result (1/0)."""
    wanted = names_in(formula)
    if any(values.get(name) is None for name in wanted):
        return None
    numbers = {name: Decimal(values[name] or 0) for name in wanted}
    try:
        with localcontext() as context:
            context.prec = 34
            result = _value(_tree(formula), numbers)
    except (InvalidOperation, DivisionByZero, Overflow, Invalid):
        return None
    if not result.is_finite() or abs(result) > LARGEST:
        return None
    text = format(result.quantize(Decimal("0.000001"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tree(formula: str) -> ast.expr:
    text = _NAME.sub(lambda found: f"n_{found[1]}", formula.strip()).replace("if(", "if_(").replace("if (", "if_(")
    if not text or len(formula) > LONGEST:
        raise _wrong(_("A formula has 1 to %(most)s characters.") % {"most": LONGEST})
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _wrong(_("This formula cannot be read. Example: {amount} * 0.2")) from None


def _value(node: ast.AST, names: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Decimal(str(number))
        case ast.Name(id=name) if name.startswith("n_") and name[2:] in names:
            return names[name[2:]]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, names)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            return Decimal(_SIGNS[type(sign)](_value(left, names), _value(right, names)))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _SIGNS:
            return Decimal(int(_SIGNS[type(sign)](_value(left, names), _value(right, names))))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            return _call(name, given, names)
    raise _wrong(_("A formula knows numbers, {fields}, + - * / ( ), comparisons, if, round, min, max and abs."))


def _call(name: str, given: list[ast.expr], names: Mapping[str, Decimal]) -> Decimal:
    match name, given:
        case "if_", [condition, yes, no]:
            return _value(yes if _value(condition, names) else no, names)
        case "round", [number]:
            return _value(number, names).quantize(Decimal(1), ROUND_HALF_UP)
        case "round", [number, ast.Constant(value=int() as places)] if 0 <= places <= 6:
            return _value(number, names).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        case "min", [_one, *_rest]:
            return min(_value(item, names) for item in given)
        case "max", [_one, *_rest]:
            return max(_value(item, names) for item in given)
        case "abs", [number]:
            return abs(_value(number, names))
    raise _wrong(_("A formula knows numbers, {fields}, + - * / ( ), comparisons, if, round, min, max and abs."))


def _wrong(text: str) -> Invalid:
    return Invalid(fields={"formula": [text]})
