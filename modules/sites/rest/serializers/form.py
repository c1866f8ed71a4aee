"""The API form of forms and of what visitors sent."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer


class FieldSerializer(serializers.Serializer[Any]):
    """A question of a form."""

    key = serializers.CharField(required=False, max_length=5)
    kind = serializers.CharField(max_length=10)
    label = serializers.CharField(max_length=1000)  # type: ignore[assignment]  # a field of this name
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]  # a field of this name
    hint = serializers.CharField(required=False, allow_blank=True, max_length=200)
    options = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    show_key = serializers.CharField(required=False, allow_blank=True, max_length=5)
    show_value = serializers.CharField(required=False, allow_blank=True, max_length=200)
    prefill = serializers.CharField(required=False, allow_blank=True, max_length=31)
    country = serializers.CharField(required=False, allow_blank=True, max_length=2)
    target = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=81,
        help_text=_("The field of the record that the answer is written into."),
    )


class ResponsibleRuleSerializer(serializers.Serializer[Any]):
    """Whoever answered the question `key` with `value` goes to that person."""

    key = serializers.CharField(max_length=5)
    value = serializers.CharField(max_length=200)
    person_id = serializers.IntegerField(min_value=1)


class FormDestinationSerializer(serializers.Serializer[Any]):
    """What a sent form becomes. With `join`, what is open for this visitor is gone on with."""

    kind = serializers.CharField(max_length=40)
    pipeline_id = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    join = serializers.BooleanField(required=False)
    rules = ResponsibleRuleSerializer(many=True, required=False)


class FormLetterSerializer(serializers.Serializer[Any]):
    """What the visitor is written; with `confirm`, nothing goes on before the link of the letter was used."""

    subject = serializers.CharField(required=False, allow_blank=True, max_length=150)
    text = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    confirm = serializers.BooleanField(required=False)


class FormPopupSerializer(serializers.Serializer[Any]):
    """When a form opens by itself: after seconds (`time`), at a percent of the page (`scroll`), on leaving, never."""

    when = serializers.ChoiceField(choices=("", "time", "scroll", "leave"), required=False)
    value = serializers.IntegerField(required=False, min_value=0, max_value=3600)
    title = serializers.CharField(required=False, allow_blank=True, max_length=120)


class FormSerializer(StrictSerializer):
    """A form. `public_id` is the last part of its public address, `/_f/<public_id>`."""

    id = serializers.IntegerField(read_only=True)
    site = serializers.IntegerField(source="site_id")
    public_id = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=120)
    questions = FieldSerializer(many=True, source="fields", help_text=_("What the form asks, in order."))
    submit_label = serializers.CharField(max_length=60, required=False)
    thank_you = serializers.CharField(max_length=1000, required=False)
    redirect_url = serializers.CharField(max_length=500, required=False, allow_blank=True)
    responsible = serializers.IntegerField(source="responsible_id", required=False, allow_null=True, min_value=1)
    origins = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    destination = FormDestinationSerializer(required=False)
    letter = FormLetterSerializer(required=False)
    popup = FormPopupSerializer(required=False)
    file_name = serializers.CharField(read_only=True, help_text=_("The file for whoever has sent the form."))
    version = serializers.IntegerField(read_only=True)


class HandedFileSerializer(StrictSerializer):
    """A file for whoever has sent the form."""

    file = serializers.FileField()


class SubmissionFileSerializer(serializers.Serializer[Any]):
    """A file that a visitor attached; its bytes are at `/site-submissions/<id>/files/<id of the file>`."""

    id = serializers.IntegerField()
    field_key = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()


class SubmissionSerializer(StrictSerializer):
    """What a visitor sent."""

    id = serializers.IntegerField(read_only=True)
    form = serializers.IntegerField(source="form_id", read_only=True)
    form_name = serializers.CharField(read_only=True)
    site_name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    answers = serializers.ListField(child=serializers.DictField(), read_only=True)
    consents = serializers.ListField(child=serializers.DictField(), read_only=True)
    files = SubmissionFileSerializer(many=True, read_only=True)
    utm = serializers.DictField(child=serializers.CharField(), read_only=True)
    referrer = serializers.CharField(read_only=True)
    page_url = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    lead = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class SendSerializer(StrictSerializer):
    """A submission from a server: answers by field key, and where the visitor came from."""

    answers = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=5000))
    utm = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    referrer = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    page_url = serializers.CharField(max_length=1000, required=False, allow_blank=True)
