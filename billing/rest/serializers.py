"""The plan and its limits as JSON."""

from __future__ import annotations

from rest_framework import serializers


class MeterSerializer(serializers.Serializer):
    """One limit: `used` is null where nothing is kept of it, `maximum` null for unlimited, both in `unit`."""

    key = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField()
    used = serializers.IntegerField(allow_null=True)
    maximum = serializers.IntegerField(allow_null=True)
    over = serializers.IntegerField(help_text="How much must go until it fits again.")


class EntitlementsSerializer(serializers.Serializer):
    """What the portal may do now."""

    plan = serializers.CharField()
    version = serializers.IntegerField()
    trial_ends_at = serializers.DateTimeField(allow_null=True)
    read_only_from = serializers.DateTimeField(allow_null=True)
    features = serializers.ListField(child=serializers.CharField())
    limits = MeterSerializer(many=True)
