"""The API form of leads, stages and comments."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from modules.crm.models import Lead, Source, Stage
from modules.crm.models.lead import Currency


class PhoneSerializer(serializers.Serializer[Any]):
    """A phone as typed and as compared."""

    typed = serializers.CharField()
    e164 = serializers.CharField(allow_blank=True)


class LeadSerializer(StrictSerializer):
    """A lead. Phones and e-mails are sent as typed."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text=_("Named after the person or contact when left out."),
    )
    person_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    company_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phones = serializers.ListField(child=serializers.CharField(max_length=254), max_length=10, required=False)
    emails = serializers.ListField(child=serializers.CharField(max_length=254), max_length=10, required=False)
    stage = serializers.IntegerField(source="stage_id", required=False, min_value=1)
    pipeline = serializers.IntegerField(read_only=True)
    source = serializers.ChoiceField(choices=Source.choices, required=False)  # type: ignore[assignment]
    source_detail = serializers.CharField(max_length=200, required=False, allow_blank=True)
    amount = serializers.DecimalField(max_digits=15, decimal_places=2, min_value=0, required=False)
    currency = serializers.ChoiceField(choices=Currency.choices, required=False)
    responsible = serializers.IntegerField(source="responsible_id", required=False, allow_null=True, min_value=1)
    comment = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    marks = serializers.DictField(child=serializers.CharField(), read_only=True)
    origin = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    stage_since = serializers.DateTimeField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class MoveSerializer(StrictSerializer):
    """Where to."""

    stage = serializers.IntegerField(min_value=1)


class AssignSerializer(StrictSerializer):
    """To whom; null for nobody."""

    responsible = serializers.IntegerField(min_value=1, allow_null=True)


class CommentSerializer(StrictSerializer):
    """A comment on a lead."""

    id = serializers.IntegerField(read_only=True)
    text = serializers.CharField(max_length=10_000)
    author = serializers.IntegerField(source="author_id", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class StageSerializer(serializers.Serializer[Any]):
    """A stage of a pipeline."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    colour = serializers.ChoiceField(choices=Stage.Colour.choices)
    kind = serializers.ChoiceField(choices=Stage.Kind.choices)
    position = serializers.IntegerField()


class PipelineSerializer(serializers.Serializer[Any]):
    """A pipeline with its stages in order."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    is_usual = serializers.BooleanField()
    position = serializers.IntegerField()
    stages = StageSerializer(many=True)


def lead_document(lead: Lead) -> dict[str, Any]:
    """One lead as plain values; its stage and contact points must be loaded. Lean, for hot lists."""
    points = lead.contact_points.all()
    return {
        "id": lead.pk,
        "title": lead.title,
        "person_name": lead.person_name,
        "company_name": lead.company_name,
        "phones": [{"typed": point.typed, "e164": point.value} for point in points if point.kind == "phone"],
        "emails": [point.typed for point in points if point.kind == "email"],
        "stage": lead.stage_id,
        "pipeline": lead.stage.pipeline_id,
        "source": lead.source,
        "source_detail": lead.source_detail,
        "amount": lead.amount,
        "currency": lead.currency,
        "responsible": lead.responsible_id,
        "comment": lead.comment,
        "marks": lead.marks,
        "origin": lead.origin,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "stage_since": lead.stage_since,
        "version": lead.version,
    }
