"""Sites over REST: the same verbs as the screens, no logic of its own."""

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
from modules.sites.domain import access
from modules.sites.domain.access import MANAGE, MANAGE_SUBMISSIONS, PUBLISH, READ_SUBMISSIONS, VIEW
from modules.sites.domain.form import add_form, delete_form, design_form
from modules.sites.domain.page import add_page, delete_page, edit_page
from modules.sites.domain.publishing import publish_site, unpublish_site
from modules.sites.domain.site import create_site, delete_site, edit_site
from modules.sites.domain.submission import Sent, delete_submission, published_form, replay_submission, submit_form
from modules.sites.domain.trial import end_trial, make_rival, trial_of
from modules.sites.filters import SubmissionApiFilter
from modules.sites.models import Form, Page, Site, Submission
from modules.sites.rest.serializers import (
    FormSerializer,
    KeepSerializer,
    PageSerializer,
    SendSerializer,
    SiteSerializer,
    SubmissionSerializer,
    TrialSerializer,
)
from tenants.people.sign_in.client import client_ip

_PAGE = (
    "title", "path", "description", "html", "in_menu", "menu_title", "bare", "language", "translation_of_id", "hidden",
    "draft",
)  # fmt: skip
_FORM = (
    "name", "fields", "submit_label", "thank_you", "redirect_url", "responsible_id", "origins", "popup", "destination",
    "letter",
)  # fmt: skip


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
    }
    serializer_class = SiteSerializer

    def rows(self, actor: Actor) -> QuerySet[Site]:
        return access.sites_for(actor).select_related("publication")

    def create(self, request: Request) -> Response:
        """Make a site with a first page and a contact form, not yet published."""
        site = create_site(actor=self.actor, **self.read())
        return self.show(site, 201, reverse("api-v1:site-detail", args=[site.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, language or colour; visitors see it after the next publishing."""
        site = self.get_object()
        version = check_match(request, site)
        kept = {name: getattr(site, name) for name in ("name", "language", "theme_color")}
        given = {name: value for name, value in self.read().items() if name in kept}
        return self.show(
            edit_site(actor=self.actor, site=site, version=site.version if version is None else version, **kept | given)
        )

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
        publish_site(actor=self.actor, site=self.get_object())
        return self.show(self.get_object())

    @extend_schema(request=None, responses=SiteSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: str) -> Response:
        """Take the site away from visitors."""
        unpublish_site(actor=self.actor, site=self.get_object())
        return self.show(self.get_object())


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

    def _edit(self, page: Page, version: int, values: dict[str, Any]) -> Page:
        kept = {name: getattr(page, name) for name in _PAGE}
        kept |= {name: value for name, value in values.items() if name in kept}
        kept["translation_of"] = kept.pop("translation_of_id")
        return edit_page(actor=self.actor, page=page, version=version, **kept)


class FormViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Forms of sites."""

    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "submissions": MANAGE_SUBMISSIONS,
    }
    serializer_class = FormSerializer

    def rows(self, actor: Actor) -> QuerySet[Form]:
        return access.forms_for(actor)

    def create(self, request: Request) -> Response:
        """Add a form to a site."""
        values = self.read()
        site = access.access_site(self.actor, values.pop("site_id"))
        form = add_form(actor=self.actor, site=site, name=values.pop("name"), fields=values.pop("fields"))
        if values:
            form = self._design(form, form.version, values)
        return self.show(form, 201, reverse("api-v1:site-form-detail", args=[form.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what a form asks and does; visitors see it after the next publishing."""
        form = self.get_object()
        version = check_match(request, form)
        return self.show(self._design(form, form.version if version is None else version, self.read()))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a form that no page shows."""
        form = self.get_object()
        check_match(request, form)
        delete_form(actor=self.actor, form=form)
        return Response(status=204)

    @extend_schema(request=SendSerializer, responses={201: SubmissionSerializer})
    @action(detail=True, methods=["post"])
    def submissions(self, request: Request, pk: str) -> Response:
        """Send a published form from a server, without the limits that hold strangers."""
        form: Form = self.get_object()
        values = self.read(SendSerializer)
        sent = Sent(
            values=values["answers"],
            ip=client_ip(request),
            utm=values.get("utm", {}),
            referrer=values.get("referrer", ""),
            page_url=values.get("page_url", ""),
            user_agent=request.headers.get("User-Agent", ""),
            trusted=True,
        )
        receipt = submit_form(published=published_form(form.public_id), sent=sent)
        kept = access.kept_submission(receipt.submission_id)
        return Response(SubmissionSerializer(kept).data, status=201)

    def _design(self, form: Form, version: int, values: dict[str, Any]) -> Form:
        kept = {name: getattr(form, name) for name in _FORM}
        given = {name: value for name, value in values.items() if name in kept}
        return design_form(actor=self.actor, form=form, version=version, **kept | given)


class SubmissionViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """What visitors sent."""

    permissions = {
        "list": READ_SUBMISSIONS,
        "retrieve": READ_SUBMISSIONS,
        "destroy": MANAGE_SUBMISSIONS,
        "replay": MANAGE_SUBMISSIONS,
    }
    guarded_by_version = frozenset()
    orders = {"newest": ("-created_at", "-id")}
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionApiFilter

    def rows(self, actor: Actor) -> QuerySet[Submission]:
        return access.submissions_for(actor)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete what a visitor sent."""
        delete_submission(actor=self.actor, submission=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses=SubmissionSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Try to deliver now; a delivered one stays as it is."""
        return self.show(replay_submission(actor=self.actor, submission=self.get_object()))
