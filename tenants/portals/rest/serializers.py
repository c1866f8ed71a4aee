"""The room's resources as JSON."""

from __future__ import annotations

from rest_framework import serializers

from infra.api.serializers import StrictSerializer


class PortalSerializer(StrictSerializer):
    """The company's portal and its settings."""

    name = serializers.CharField(max_length=150)
    address = serializers.CharField(source="slug", read_only=True)
    url = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    locale = serializers.CharField(max_length=10)
    region = serializers.CharField(max_length=2, allow_blank=True)
    time_zone = serializers.CharField(max_length=64)
    currency = serializers.CharField(max_length=3)
    created_at = serializers.DateTimeField(read_only=True)
    trial_ends_at = serializers.DateTimeField(read_only=True, allow_null=True)


class DomainSerializer(StrictSerializer):
    """A domain of the company's own and the TXT record that proves it."""

    id = serializers.IntegerField(read_only=True)
    domain = serializers.CharField(max_length=253)
    record_name = serializers.CharField(read_only=True)
    record_value = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    proven_at = serializers.DateTimeField(read_only=True, allow_null=True)
    checked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    missing_since = serializers.DateTimeField(read_only=True, allow_null=True)
