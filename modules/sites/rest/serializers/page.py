"""The API form of pages, their history and their trials."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer


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
    share_image = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text=_("Name of a picture of the site, for messengers.")
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


class PageVersionSerializer(serializers.Serializer[Any]):
    """An entry of a page's history."""

    id = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    saved_by = serializers.IntegerField(source="saved_by_id", allow_null=True)


class KeptPageSerializer(PageVersionSerializer):
    """An entry of a page's history with its words."""

    html = serializers.CharField()


class PageMoveSerializer(StrictSerializer):
    """One place up or down among the pages, which is also the order of the menu."""

    to = serializers.ChoiceField(choices=("up", "down"))


class RemarkSerializer(serializers.Serializer[Any]):
    """One line of the checklist for search engines: whether it is well, and what to do where it is not."""

    key = serializers.CharField()
    good = serializers.BooleanField()
    text = serializers.CharField()
