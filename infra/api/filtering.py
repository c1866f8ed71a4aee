"""Filters built for what is asked: a set of ten would copy ten filters and ten fields for a request that names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet


def asked_filters(filterset_class: Any, data: Mapping[str, Any], rows: QuerySet[Any, Any], request: Any) -> Any:
    """The bound FilterSet of `filterset_class` with those of its declared filters that `data` names.

    Filters that a set adds to itself when it is made are all there.
    """
    filterset = filterset_class.__new__(filterset_class)
    filterset.base_filters = {
        name: one
        for name, one in filterset_class.base_filters.items()
        if any(given == name or given.startswith(f"{name}_") for given in data)
    }
    filterset.__init__(data, queryset=rows, request=request)
    return filterset
