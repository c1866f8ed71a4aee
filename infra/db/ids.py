"""A column of ids."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField


class IdsField(ArrayField):
    """Ids in order, always a list. None are kept as NULL, so that an index of the rows that have some stays small."""

    def __init__(self, **more: Any) -> None:
        more |= {"base_field": BigIntegerField(), "null": True, "blank": True, "default": list}
        super().__init__(**more)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """NULL for an empty list."""
        return super().get_db_prep_value(value or None, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[int]:
        """An empty list for NULL."""
        return value or []
