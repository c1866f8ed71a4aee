"""Filters by moments: any zone is understood, the database is asked in UTC."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django_filters.fields import DateRangeField, IsoDateTimeField, RangeField


class MomentField(IsoDateTimeField):
    """A moment as ISO 8601, in UTC. PostgreSQL reads no offsets beyond 16 hours, Python does."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError for no moment, and for one that UTC moves beyond the calendar."""
        moment = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentRangeField(RangeField):
    """From and to, as `…_after` and `…_before`."""

    widget = DateRangeField.widget

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((MomentField(), MomentField()), *args, **kwargs)


class MomentRangeFilter(filters.IsoDateTimeFromToRangeFilter):
    """The filter of programs for everything that has a moment."""

    field_class = MomentRangeField
