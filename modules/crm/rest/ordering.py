"""Orders over REST: a list of ids, each once, as they are to stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from infra.kit.errors import Conflict


class IdsSerializer(StrictSerializer):
    """All of them by id, in their new order."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=2_000)


def require_whole(ids: list[int], rows: Iterable[Any]) -> list[int]:
    """`ids`, when they are those of `rows`. Raises Conflict: somebody has added one, or taken one away."""
    if sorted(ids) != sorted(row.pk for row in rows):
        raise Conflict
    return ids
