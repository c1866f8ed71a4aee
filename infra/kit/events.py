"""Events that cross a module's door: frozen dataclasses with a lossless JSON form."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID

from infra.kit.refs import RecordRef


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. A subclass sets `name` (`<slug>.<what_happened>`) and adds typed fields.

    `operator_only` events happen in the operator's portal alone; others are not offered them.
    """

    name: ClassVar[str] = ""
    operator_only: ClassVar[bool] = False

    def to_payload(self) -> dict[str, Any]:
        """The fields as JSON values; `from_payload` gives an equal event back."""
        return {field.name: _dump(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """The event that `payload` describes. Fields added since it was written take their defaults."""
        hints = typing.get_type_hints(cls)
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: _load(value, hints[key]) for key, value in payload.items() if key in known})


def _dump(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal() | UUID() | RecordRef():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return [_dump(item) for item in value]
        case dict():
            return {str(key): _dump(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _dump(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"an event cannot carry {type(value).__name__}")


def _load(value: Any, hint: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return _load(value, next(argument for argument in arguments if argument is not types.NoneType))
    if value is None or hint is Any:
        return value
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_load(item, arguments[0]) for item in value)
        return tuple(_load(item, argument) for item, argument in zip(value, arguments, strict=True))
    if origin in (list, frozenset):
        return origin(_load(item, arguments[0]) for item in value)
    if origin in (dict, Mapping):
        return {key: _load(item, arguments[1]) for key, item in value.items()}
    if hint in (Decimal, UUID):
        return hint(value)
    if hint is RecordRef:
        return RecordRef.parse(value)
    if hint in (datetime, date):
        return hint.fromisoformat(value)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return hint(**{key: _load(item, hints[key]) for key, item in value.items()})  # type: ignore[operator]  # a dataclass, asked above
    return value
