"""The API form of sites."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from modules.sites.domain import publishing
from modules.sites.domain.hosts import address_of
from modules.sites.domain.site_templates import offered
from modules.sites.domain.theme import FONTS, RADII, SCHEMES, SPACES
from modules.sites.models import Asset, Publication, Site


class ThemeSerializer(StrictSerializer):
    """How a site looks; what is left out stays as it is."""

    accent = serializers.CharField(max_length=7, help_text=_("Like #2f5bea."))
    scheme = serializers.ChoiceField(choices=list(SCHEMES))
    heading = serializers.ChoiceField(choices=list(FONTS), help_text=_("Font of headings."))
    body = serializers.ChoiceField(choices=list(FONTS), help_text=_("Font of text."))
    radius = serializers.ChoiceField(choices=list(RADII), help_text=_("Corners."))
    space = serializers.ChoiceField(choices=list(SPACES), help_text=_("Room between things."))

    def get_attribute(self, instance: Site) -> Any:
        return publishing.theme_of(instance)


class RedirectSerializer(StrictSerializer):
    """Where visitors of an old path are sent."""

    old = serializers.CharField(max_length=201, help_text=_("A path, like /old."))
    new = serializers.CharField(max_length=1000, help_text=_("A path of this site or a full address."))

    def to_representation(self, instance: list[str]) -> dict[str, str]:
        return dict(zip(("old", "new"), instance, strict=True))


class SiteSerializer(StrictSerializer):
    """A site. `address` is where visitors find it once it is published; `published_version` is what they see."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(read_only=True)
    language = serializers.CharField(max_length=8, required=False)
    theme_color = serializers.CharField(max_length=7, required=False)
    theme = ThemeSerializer(required=False)
    redirects = RedirectSerializer(many=True, required=False)
    share_image = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text=_("Name of a picture of the site, for messengers.")
    )
    head_html = serializers.CharField(
        max_length=20_000, required=False, allow_blank=True, help_text=_("Own meta and link lines of the head.")
    )
    address = serializers.SerializerMethodField()
    own_domain = serializers.CharField(read_only=True)
    publish_at = serializers.DateTimeField(read_only=True, help_text=_("When the site publishes itself."))
    published_version = serializers.IntegerField(source="publication.number", read_only=True, default=None)
    version = serializers.IntegerField(read_only=True)

    def get_address(self, site: Site) -> str:
        return address_of(site)


class NewSiteSerializer(StrictSerializer):
    """A new site, from a ready one where `template` names it."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=40, help_text=_("First part of the host; set once."))
    language = serializers.CharField(max_length=8, required=False)
    theme_color = serializers.CharField(max_length=7, required=False)
    template = serializers.ChoiceField(choices=[row.key for row in offered("en")], required=False)


class PlanSerializer(StrictSerializer):
    """When a site publishes itself; null takes the plan back."""

    at = serializers.DateTimeField(allow_null=True)


class SiteDomainSerializer(StrictSerializer):
    """A proven domain of the company that shows the site; "" for none."""

    domain = serializers.CharField(max_length=253, allow_blank=True)


class ParcelSerializer(StrictSerializer):
    """A ZIP that was exported here or elsewhere. Name and address are taken from it where they are left out."""

    file = serializers.FileField()
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    slug = serializers.CharField(max_length=40, required=False, allow_blank=True)


class PublicationSerializer(serializers.Serializer[Any]):
    """A published version. `shown` is what visitors see; one whose files were removed is not `kept` any more."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    published_by = serializers.IntegerField(source="published_by_id", allow_null=True)
    size = serializers.IntegerField(help_text=_("Bytes."))
    shown = serializers.SerializerMethodField()
    kept = serializers.SerializerMethodField()

    def get_shown(self, row: Publication) -> bool:
        return row.pk == row.site.publication_id

    def get_kept(self, row: Publication) -> bool:
        return bool(row.root)


class PictureSerializer(serializers.Serializer[Any]):
    """A picture of a site. `src` is how the HTML of its pages names it."""

    name = serializers.CharField()
    src = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()

    def get_src(self, asset: Asset) -> str:
        return f"/_a/{asset.name}"


class NewPictureSerializer(StrictSerializer):
    """A picture to upload, and what it shows, for those who do not see it."""

    file = serializers.FileField()
    alt = serializers.CharField(max_length=300, required=False, allow_blank=True)


class NumbersLineSerializer(serializers.Serializer[Any]):
    """A page, a source, a campaign or a form, and its numbers of the last thirty days."""

    name = serializers.CharField()
    views = serializers.IntegerField()
    visitors = serializers.IntegerField()
    sent = serializers.IntegerField()
    clicks = serializers.IntegerField(help_text=_("On phones, e-mails and messengers."))


class DaySerializer(serializers.Serializer[Any]):
    """Views of a day."""

    day = serializers.DateField()
    views = serializers.IntegerField()


class NumbersSerializer(serializers.Serializer[Any]):
    """How often a site was seen in the last thirty days, from where, and how many wrote."""

    total = NumbersLineSerializer()
    days = DaySerializer(many=True)
    pages = NumbersLineSerializer(many=True)
    sources = NumbersLineSerializer(many=True)
    campaigns = NumbersLineSerializer(many=True)
    forms = NumbersLineSerializer(many=True)
