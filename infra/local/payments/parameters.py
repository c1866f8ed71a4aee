"""Requests held against the TypedDicts of `stripe.params`: an unknown, missing or mistyped parameter is refused."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import stripe
from stripe import params as known
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

_OPTIONS = frozenset(RequestOptions.__annotations__)  # not sent in the body


class Refused(Exception):
    """An error answer as Stripe gives it."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def read(encoded: str) -> dict[str, Any]:
    """`items[0][price]=x` as nested dicts, lists still keyed by their numbers."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        place, steps = tree, re.findall(r"[^\[\]]+", name)
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    return tree


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, localns={"StripeContext": object, "Mapping": Mapping})
    return {name: hint for name, hint in hints.items() if name not in _OPTIONS}


def named(name: str) -> type:
    """The TypedDict called `name` ("CustomerCreateParams", "checkout.SessionCreateParams")."""
    place: Any = known
    for part in name.split("."):
        place = getattr(place, part)
    return typing.cast(type, place)


def check(kind: type, given: dict[str, Any], where: str = "") -> dict[str, Any]:
    """`given` with the types that `kind` declares. Raises Refused, naming the parameter."""
    hints = _hints(kind)
    found = {}
    for name, value in given.items():
        place = f"{where}[{name}]" if where else name
        if name not in hints:
            raise Refused(f"Received unknown parameter: {place}", code="parameter_unknown", param=place)
        found[name] = _value(hints[name], value, place)
    for name in sorted(getattr(kind, "__required_keys__", frozenset()) - _OPTIONS):
        if name not in given:
            place = f"{where}[{name}]" if where else name
            raise Refused(f"Missing required param: {place}.", code="parameter_missing", param=place)
    return found


def _value(hint: Any, value: Any, place: str) -> Any:
    choices = _members(hint)
    problems = []
    literals = {text for choice in choices if typing.get_origin(choice) is typing.Literal for text in choice.__args__}
    for choice in choices:
        try:
            return _one(choice, value, place, literals - {""})
        except Refused as problem:
            problems.append(problem)
    raise problems[-1]


def _members(hint: Any) -> list[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(hint) for inner in _members(member)]
    if typing.get_origin(hint) in (typing.NotRequired, typing.Required):
        return _members(typing.get_args(hint)[0])
    return [hint]


def _one(choice: Any, value: Any, place: str, words: set[str]) -> Any:
    wrong = Refused(f"Invalid {place}: {value!r}", param=place)
    origin = typing.get_origin(choice)
    if origin is typing.Literal:
        if value in choice.__args__:
            return value
        raise wrong
    if origin in (list, typing.List):  # noqa: UP006 - the package writes List
        if not isinstance(value, dict) or not all(step.isdecimal() for step in value):
            raise wrong
        (inner,) = typing.get_args(choice)
        return [_value(inner, value[step], f"{place}[{step}]") for step in sorted(value, key=int)]
    if origin in (dict, typing.Dict):  # noqa: UP006
        if isinstance(value, dict):
            return {key: str(text) for key, text in value.items()}
        raise wrong
    if is_typeddict(choice):
        if isinstance(value, dict):
            return check(choice, value, place)
        raise wrong
    return _plain(choice, value, wrong, words)


def _plain(choice: Any, value: Any, wrong: Refused, words: set[str]) -> Any:
    if isinstance(value, dict):
        raise wrong
    if choice is bool and value in ("true", "false"):
        return value == "true"
    if choice is int and re.fullmatch(r"-?\d+", value):
        return int(value)
    if choice in (Decimal, float):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise wrong from None
    if choice is str and (not words or value in words):  # a list of words and "or any text" is still that list
        return value
    if choice is Any or choice is object:
        return value
    raise wrong


VERSION = stripe.VERSION
