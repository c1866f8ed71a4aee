"""How deals and invoices repeat, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.errors import NotFound
from modules.crm.domain.selling.recurrence import recurrence_of, set_recurrence, stop_recurrence
from modules.crm.models import Recurrence, Repeats

REPEATING = {"recurrence": "view", "set_recurrence": "edit", "stop_recurrence": "edit"}


class RecurrenceSerializer(StrictSerializer):
    """How often it is made again, from when, until when; `next_on` is null once it is over."""

    repeats = serializers.ChoiceField(choices=Repeats.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True)
    next_on = serializers.DateField(read_only=True, allow_null=True)
    made = serializers.IntegerField(read_only=True)


class RepeatingMixin:
    """A record that can be made again by itself."""

    @extend_schema(responses=RecurrenceSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def recurrence(self: Any, request: Request, pk: str) -> Response:
        """How it repeats; 404 where it does not."""
        row = recurrence_of(self.get_object())
        if row is None:
            raise NotFound
        return _shown(row)

    @extend_schema(request=RecurrenceSerializer, responses=RecurrenceSerializer)
    @recurrence.mapping.put
    def set_recurrence(self: Any, request: Request, pk: str) -> Response:
        """Have it made again from a day on, in place of what was set before."""
        record = self.get_object()
        return _shown(set_recurrence(actor=self.actor, record=record, **self.read(RecurrenceSerializer)))

    @extend_schema(request=None, responses={204: None})
    @recurrence.mapping.delete
    def stop_recurrence(self: Any, request: Request, pk: str) -> Response:
        """Have it made no more."""
        stop_recurrence(actor=self.actor, record=self.get_object())
        return Response(status=204)


def _shown(row: Recurrence) -> Response:
    return Response(RecurrenceSerializer(row).data)
