"""The API form of leads, stages and comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from modules.crm.domain.queries import phones_and_emails
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


LEAD_COLUMNS = (
    "id", "title", "person_name", "company_name", "stage", "source", "source_detail", "amount", "currency",
    "responsible", "comment", "marks", "origin", "created_at", "updated_at", "stage_since", "version",
)  # fmt: skip


def lead_values(leads: QuerySet[Lead]) -> QuerySet[Any, dict[str, Any]]:
    """What `lead_documents` needs of `leads`, without making model rows of them."""
    rows: QuerySet[Any, dict[str, Any]] = leads.values(*LEAD_COLUMNS, pipeline=F("stage__pipeline"))
    return rows


def lead_documents(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leads as plain values; the phones and e-mails of all of them in one statement."""
    documents = {row["id"]: {**row, "phones": [], "emails": []} for row in rows}
    for lead_id, kind, typed, value in phones_and_emails("lead", documents):
        if kind == "phone":
            documents[lead_id]["phones"].append({"typed": typed, "e164": value})
        else:
            documents[lead_id]["emails"].append(typed)
    return list(documents.values())
