"""Serializers that take what is declared and refuse the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown and read-only fields are refused by name, so nothing is silently dropped or set behind the door.

    A serializer never writes: verbs do.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            fields = self.fields
            wrong: dict[str, list[str]] = {}
            for name in data:
                if name not in fields:
                    wrong[str(name)] = [_("There is no field of this name.")]
                elif fields[name].read_only:
                    wrong[str(name)] = [_("This field cannot be set.")]
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def create(self, validated_data: Any) -> Any:
        raise TypeError("serializers do not write; call a verb")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise TypeError("serializers do not write; call a verb")
