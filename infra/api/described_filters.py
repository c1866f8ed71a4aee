"""The filters of a list as parameters of the OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters as filters

_SPANS: tuple[tuple[type[Any], tuple[str, str], dict[str, str]], ...] = (
    (filters.IsoDateTimeFromToRangeFilter, ("after", "before"), {"type": "string", "format": "date-time"}),
    (filters.DateFromToRangeFilter, ("after", "before"), {"type": "string", "format": "date"}),
    (filters.RangeFilter, ("min", "max"), {"type": "number"}),
)


def filter_parameters(filterset_class: Any) -> Iterator[dict[str, Any]]:
    """What a list can be narrowed by: one parameter a filter, two where it takes a span."""
    for name, one in filterset_class.base_filters.items():
        for span, (low, high), schema in _SPANS:
            if isinstance(one, span):
                for end in (low, high):
                    yield _parameter(f"{name}_{end}", schema, one.label)
                break
        else:
            yield _parameter(name, _schema(one), one.label)


def _schema(one: Any) -> dict[str, Any]:
    choices = one.extra.get("choices") or ()
    values = [value for value, _title in (() if callable(choices) else choices) if value not in ("", None)]
    alone: dict[str, Any] = {"type": "string", **({"enum": values} if values else {})}
    match one:
        case filters.ModelMultipleChoiceFilter():
            return {"type": "array", "items": {"type": "integer"}}
        case filters.ModelChoiceFilter():
            return {"type": "integer"}
        case filters.MultipleChoiceFilter():
            return {"type": "array", "items": alone}
        case filters.ChoiceFilter():
            return alone
        case filters.BooleanFilter():
            return {"type": "boolean"}
        case filters.NumberFilter():
            return {"type": "number"}
    return {"type": "string"}


def _parameter(name: str, schema: dict[str, Any], label: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": str(label or "")}
