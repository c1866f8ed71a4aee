"""Sites over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from infra.adapters.storage.safety import safe_headers
from infra.api.files import FILE
from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.sites.domain import access, hosts, parcel, publishing
from modules.sites.domain.access import MANAGE, PUBLISH, VIEW
from modules.sites.domain.images import upload_image
from modules.sites.domain.numbers import numbers_of
from modules.sites.domain.own_domain import set_domain
from modules.sites.domain.site import create_site, delete_site, design_site, edit_site, schedule_site
from modules.sites.jobs import make_image_sizes
from modules.sites.models import Site
from modules.sites.rest.serializers.site import (
    NewPictureSerializer,
    NewSiteSerializer,
    NumbersSerializer,
    ParcelSerializer,
    PictureSerializer,
    PlanSerializer,
    PublicationSerializer,
    SiteDomainSerializer,
    SiteSerializer,
)

_REQUIRED = ("name", "language", "theme_color")
_SITE = (*_REQUIRED, "share_image", "head_html")


class SiteViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Sites."""

    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "publish": PUBLISH,
        "unpublish": PUBLISH,
        "plan": PUBLISH,
        "publications": VIEW,
        "restore": PUBLISH,
        "domain": MANAGE,
        "export": VIEW,
        "bring": MANAGE,
        "copy": MANAGE,
        "numbers": VIEW,
        "pictures": MANAGE,
        "add_picture": MANAGE,
    }
    serializer_class = SiteSerializer

    def rows(self, actor: Actor) -> QuerySet[Site]:
        return access.sites_for(actor).select_related("publication")

    @extend_schema(request=NewSiteSerializer, responses={201: SiteSerializer})
    def create(self, request: Request) -> Response:
        """Make a site, from a template or with a first page and a contact form, not yet published."""
        return self._made(create_site(actor=self.actor, **self.read(NewSiteSerializer)))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, language, look, old addresses and head; visitors see it after the next publishing."""
        site, values = self.get_object(), self.read()
        version = check_match(request, site)
        version = site.version if version is None else version
        theme = values.pop("theme", None)
        kept = {name: getattr(site, name) for name in _REQUIRED} | {n: values[n] for n in _SITE if n in values}
        if "redirects" in values:
            kept["redirects"] = [(row["old"], row["new"]) for row in values["redirects"]]
        with transaction.atomic():
            site = edit_site(actor=self.actor, site=site, version=version, **kept)
            if theme is not None:
                theme = publishing.theme_of(site).to_json() | theme
                site = design_site(actor=self.actor, site=site, version=site.version, theme=theme)
        return self.show(site)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete an unpublished site."""
        site = self.get_object()
        check_match(request, site)
        delete_site(actor=self.actor, site=site)
        return Response(status=204)

    @extend_schema(request=None, responses=SiteSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Show visitors the site as it is now."""
        publishing.publish_site(actor=self.actor, site=self.get_object())
        return self.show(self.get_object())

    @extend_schema(request=None, responses=SiteSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: str) -> Response:
        """Take the site away from visitors."""
        publishing.unpublish_site(actor=self.actor, site=self.get_object())
        return self.show(self.get_object())

    @extend_schema(request=PlanSerializer, responses=SiteSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Let the site publish itself at a moment, or take that plan back."""
        schedule_site(actor=self.actor, site=self.get_object(), at=self.read(PlanSerializer)["at"])
        return self.show(self.get_object())

    @extend_schema(responses=PublicationSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="versions")
    def publications(self, request: Request, pk: str) -> Response:
        """What was published, newest first."""
        page = self.paginate_queryset(self.get_object().publications.select_related("site"))
        return self.get_paginated_response(PublicationSerializer(page, many=True).data)

    @extend_schema(request=None, responses=SiteSerializer)
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<publication_id>[1-9][0-9]{0,17})/restore")
    def restore(self, request: Request, pk: str, publication_id: str) -> Response:
        """Show visitors an earlier version again, exactly as it was."""
        publication = access.access_publication(self.get_object(), int(publication_id))
        publishing.restore_publication(actor=self.actor, publication=publication)
        return self.show(self.get_object())

    @extend_schema(request=SiteDomainSerializer, responses=SiteSerializer)
    @action(detail=True, methods=["post"])
    def domain(self, request: Request, pk: str) -> Response:
        """Show the site at a proven domain of the company, or no more; pages name it from the next publishing on."""
        set_domain(actor=self.actor, site=self.get_object(), domain=self.read(SiteDomainSerializer)["domain"])
        return self.show(self.get_object())

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=FILE)
    def export(self, request: Request, pk: str) -> HttpResponse:
        """The site as a ZIP of static files that can be brought back."""
        site = self.get_object()
        headers = safe_headers("application/zip", f"{site.slug}.zip")
        return HttpResponse(parcel.pack(actor=self.actor, site=site), headers=headers)

    @extend_schema(request={"multipart/form-data": ParcelSerializer}, responses={201: SiteSerializer})
    @action(detail=False, methods=["post"], url_path="import", parser_classes=(MultiPartParser,))
    def bring(self, request: Request) -> Response:
        """Make a site out of a ZIP."""
        values = self.read(ParcelSerializer)
        name, slug = values.get("name", ""), values.get("slug", "")
        return self._made(parcel.unpack(actor=self.actor, name=name, slug=slug, stream=values["file"]))

    @extend_schema(request=None, responses={201: SiteSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Make a second site like this one, not yet published."""
        site = self.get_object()
        return self._made(parcel.copy_site(actor=self.actor, site=site, slug=hosts.suggest(site.slug)))

    @extend_schema(responses=NumbersSerializer)
    @action(detail=True, methods=["get"])
    def numbers(self, request: Request, pk: str) -> Response:
        """How often the site was seen, from where, and how many wrote."""
        return Response(NumbersSerializer(numbers_of(self.get_object())).data)

    @extend_schema(responses=PictureSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], parser_classes=(MultiPartParser,))
    def pictures(self, request: Request, pk: str) -> Response:
        """Pictures of the site, newest first."""
        page = self.paginate_queryset(self.get_object().assets.all())
        return self.get_paginated_response(PictureSerializer(page, many=True).data)

    @extend_schema(request={"multipart/form-data": NewPictureSerializer}, responses={201: PictureSerializer})
    @pictures.mapping.post
    def add_picture(self, request: Request, pk: str) -> Response:
        """Upload a picture for the pages of the site."""
        site, values = self.get_object(), self.read(NewPictureSerializer)
        stored = upload_image(actor=self.actor, site=site, stream=values["file"], alt=values.get("alt", ""))
        make_image_sizes.enqueue(stored.pk)
        return Response(PictureSerializer(stored).data, status=201)

    def _made(self, site: Site) -> Response:
        return self.show(site, 201, reverse("api-v1:site-detail", args=[site.pk]))
