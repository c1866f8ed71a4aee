"""Pages over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.sites.domain import access, seo
from modules.sites.domain.access import MANAGE, VIEW
from modules.sites.domain.page import add_page, copy_page, delete_page, edit_page, move_page, restore_version
from modules.sites.domain.trial import end_trial, make_rival, trial_of
from modules.sites.models import Page
from modules.sites.rest.serializers.page import (
    KeepSerializer,
    KeptPageSerializer,
    PageMoveSerializer,
    PageSerializer,
    PageVersionSerializer,
    RemarkSerializer,
    TrialSerializer,
)

_PAGE = (
    "title", "path", "description", "html", "in_menu", "menu_title", "bare", "language", "translation_of_id", "hidden",
    "draft", "share_image",
)  # fmt: skip
_KEPT = "(?P<version_id>[1-9][0-9]{0,17})"


class PageViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Pages of sites."""

    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "rival": MANAGE,
        "trial": VIEW,
        "decide": MANAGE,
        "versions": VIEW,
        "kept": VIEW,
        "restore": MANAGE,
        "copy": MANAGE,
        "move": MANAGE,
        "checklist": VIEW,
    }
    serializer_class = PageSerializer

    def rows(self, actor: Actor) -> QuerySet[Page]:
        return access.pages_for(actor)

    def create(self, request: Request) -> Response:
        """Add a page to a site."""
        values = self.read()
        site = access.access_site(self.actor, values["site_id"])
        page = add_page(actor=self.actor, site=site, title=values["title"], path=values["path"])
        if set(values) - {"site_id", "title", "path"}:
            page = self._edit(page, page.version, values)
        return self.show(page, 201, reverse("api-v1:site-page-detail", args=[page.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what a page says; visitors see it after the next publishing."""
        page = self.get_object()
        version = check_match(request, page)
        return self.show(self._edit(page, page.version if version is None else version, self.read()))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a page other than the first."""
        page = self.get_object()
        check_match(request, page)
        delete_page(actor=self.actor, page=page)
        return Response(status=204)

    @extend_schema(request=None, responses={201: PageSerializer})
    @action(detail=True, methods=["post"])
    def rival(self, request: Request, pk: str) -> Response:
        """Make version B of a page; the next publishing shows it to half of the visitors."""
        made = make_rival(actor=self.actor, page=self.get_object())
        return self.show(made, 201, reverse("api-v1:site-page-detail", args=[made.pk]))

    @extend_schema(responses=TrialSerializer)
    @action(detail=True, methods=["get"])
    def trial(self, request: Request, pk: str) -> Response:
        """How the two versions of a page do, and which one is better."""
        return Response(TrialSerializer(trial_of(self.get_object())).data)

    @extend_schema(request=KeepSerializer, responses=PageSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Keep one of the two versions as the page."""
        end_trial(actor=self.actor, page=self.get_object(), keep=self.read(KeepSerializer)["keep"])
        return self.show(self.get_object())

    @extend_schema(responses=PageVersionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, pk: str) -> Response:
        """Who saved the page when, newest first."""
        page = self.paginate_queryset(self.get_object().versions.defer("html"))
        return self.get_paginated_response(PageVersionSerializer(page, many=True).data)

    @extend_schema(responses=KeptPageSerializer)
    @action(detail=True, methods=["get"], url_path=rf"versions/{_KEPT}")
    def kept(self, request: Request, pk: str, version_id: str) -> Response:
        """The words that the page had then."""
        return Response(KeptPageSerializer(access.access_version(self.get_object(), int(version_id))).data)

    @extend_schema(request=None, responses=PageSerializer)
    @action(detail=True, methods=["post"], url_path=rf"versions/{_KEPT}/restore")
    def restore(self, request: Request, pk: str, version_id: str) -> Response:
        """Give the page those words again; what it says now stays in the history."""
        page = self.get_object()
        return self.show(
            restore_version(actor=self.actor, page=page, kept=access.access_version(page, int(version_id)))
        )

    @extend_schema(request=None, responses={201: PageSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Make a second page with the same words, as a draft."""
        made = copy_page(actor=self.actor, page=self.get_object())
        return self.show(made, 201, reverse("api-v1:site-page-detail", args=[made.pk]))

    @extend_schema(request=PageMoveSerializer, responses=PageSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Move the page one place in the order of the menu."""
        move_page(actor=self.actor, page=self.get_object(), up=self.read(PageMoveSerializer)["to"] == "up")
        return self.show(self.get_object())

    @extend_schema(responses=RemarkSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def checklist(self, request: Request, pk: str) -> Response:
        """What to mend so that people find the page; good points come last."""
        return Response(RemarkSerializer(seo.checklist_of(self.get_object()), many=True).data)

    def _edit(self, page: Page, version: int, values: dict[str, Any]) -> Page:
        kept = {name: getattr(page, name) for name in _PAGE}
        kept |= {name: value for name, value in values.items() if name in kept}
        kept["translation_of"] = kept.pop("translation_of_id")
        return edit_page(actor=self.actor, page=page, version=version, **kept)
