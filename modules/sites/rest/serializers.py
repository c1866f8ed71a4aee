"""The API form of sites, pages, forms and submissions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from modules.sites.domain.hosts import address_of
from modules.sites.models import Site


class SiteSerializer(StrictSerializer):
    """A site. `address` is where visitors find it once it is published; `published_version` is what they see."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=40, help_text=_("First part of the host; set once."))
    language = serializers.CharField(max_length=8, required=False)
    theme_color = serializers.CharField(max_length=7, required=False)
    address = serializers.SerializerMethodField()
    published_version = serializers.IntegerField(source="publication.number", read_only=True, default=None)
    version = serializers.IntegerField(read_only=True)

    def get_address(self, site: Site) -> str:
        return address_of(site)


class PageSerializer(StrictSerializer):
    """A page. `html` is kept cleaned: what no page may hold is left out."""

    id = serializers.IntegerField(read_only=True)
    site = serializers.IntegerField(source="site_id")
    title = serializers.CharField(max_length=120)
    path = serializers.CharField(max_length=60, allow_blank=True)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    html = serializers.CharField(max_length=400_000, allow_blank=True, required=False, trim_whitespace=False)
    in_menu = serializers.BooleanField(required=False)
    menu_title = serializers.CharField(max_length=40, allow_blank=True, required=False)
    bare = serializers.BooleanField(required=False, help_text=_("Without the header and footer of the site."))
    language = serializers.CharField(max_length=8, allow_blank=True, required=False)
    translation_of = serializers.IntegerField(
        source="translation_of_id",
        required=False,
        allow_null=True,
        min_value=1,
        help_text=_("The page that this one says in another language."),
    )
    hidden = serializers.BooleanField(required=False)
    draft = serializers.BooleanField(required=False)
    kind = serializers.CharField(read_only=True)
    rival_of = serializers.IntegerField(
        source="rival_of_id", read_only=True, help_text=_("The page whose version B this is.")
    )
    version = serializers.IntegerField(read_only=True)


class ArmSerializer(serializers.Serializer[Any]):
    """One of two versions of a page, and how it does."""

    side = serializers.CharField()
    visitors = serializers.IntegerField()
    sent = serializers.IntegerField()


class TrialSerializer(serializers.Serializer[Any]):
    """A comparison of two versions; `winner` is empty while nothing is decided, `verdict` says it in words."""

    arms = ArmSerializer(many=True)
    since = serializers.DateField(allow_null=True)
    winner = serializers.CharField(source="verdict.winner")
    verdict = serializers.CharField(source="verdict.text")


class KeepSerializer(StrictSerializer):
    """Which version of a page is kept."""

    keep = serializers.ChoiceField(choices=("a", "b"))


class FieldSerializer(serializers.Serializer[Any]):
    """A question of a form."""

    key = serializers.CharField(required=False, max_length=5)
    kind = serializers.CharField(max_length=10)
    label = serializers.CharField(max_length=1000)  # type: ignore[assignment]
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
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
    version = serializers.IntegerField(read_only=True)


class SubmissionSerializer(StrictSerializer):
    """What a visitor sent."""

    id = serializers.IntegerField(read_only=True)
    form = serializers.IntegerField(source="form_id", read_only=True)
    form_name = serializers.CharField(read_only=True)
    site_name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    answers = serializers.ListField(child=serializers.DictField(), read_only=True)
    consents = serializers.ListField(child=serializers.DictField(), read_only=True)
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
