"""Calls and prices as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from billing.rating.domain.price_check import PriceAnswer
from billing.rating.models import Call


class CallSerializer(serializers.ModelSerializer[Call]):
    """A call; money in `currency`, `exact` unrounded."""

    class Meta:
        model = Call
        fields = [
            "id", "call_id", "direction", "purpose",
            "number", "caller", "destination", "prefix", "country", "route", "state", "currency",
            "granted", "reserved", "authorized_at", "answered_at", "ended_at", "seconds", "billed_seconds",
            "bundle_seconds", "charge", "exact", "estimated", "cause",
        ]  # fmt: skip
        read_only_fields = fields


class SlotSerializer(serializers.Serializer[Any]):
    """From second `start`: `price` for `per` seconds, in steps of `step`."""

    start = serializers.IntegerField()
    price = serializers.DecimalField(max_digits=20, decimal_places=10)
    per = serializers.IntegerField()
    step = serializers.IntegerField()


@extend_schema_serializer(component_name="CallPrice")
class PriceSerializer(serializers.Serializer[Any]):
    """What a call to a number costs now, by which rule; `refusal` where it would not be allowed."""

    number = serializers.CharField()
    emergency = serializers.BooleanField()
    destination = serializers.CharField()
    prefix = serializers.CharField()
    country = serializers.CharField()
    route = serializers.CharField()
    currency = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    period = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    connect_fee = serializers.CharField()
    first_seconds = serializers.IntegerField(source="first")
    grace_seconds = serializers.IntegerField(source="grace")
    slots = SlotSerializer(many=True)
    samples = serializers.SerializerMethodField()
    bundle_seconds = serializers.IntegerField()
    longest_seconds = serializers.IntegerField(source="longest")
    refusal = serializers.SerializerMethodField()

    def get_samples(self, answer: PriceAnswer) -> list[dict[str, Any]]:
        """Whole calls of some durations."""
        return [{"seconds": seconds, "charge": format(charge, "f")} for seconds, charge in answer.samples]

    def get_refusal(self, answer: PriceAnswer) -> dict[str, Any] | None:
        """The problem document of the refusal."""
        return answer.refusal.problem() if answer.refusal is not None else None
