"""Forms and what visitors sent, over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.files import FILE
from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.sites.domain import access
from modules.sites.domain.access import MANAGE, MANAGE_SUBMISSIONS, READ_SUBMISSIONS, VIEW
from modules.sites.domain.form import add_form, delete_form, design_form, hand_out
from modules.sites.domain.submission import Sent, delete_submission, published_form, replay_submission, submit_form
from modules.sites.downloads import downloaded
from modules.sites.filters import SubmissionApiFilter
from modules.sites.models import Form, Submission
from modules.sites.rest.serializers.form import (
    FormSerializer,
    HandedFileSerializer,
    SendSerializer,
    SubmissionSerializer,
)
from tenants.people.sign_in.client import client_ip

_FORM = (
    "name", "fields", "submit_label", "thank_you", "redirect_url", "responsible_id", "origins", "popup", "destination",
    "letter",
)  # fmt: skip


class FormViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Forms of sites."""

    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "submissions": MANAGE_SUBMISSIONS,
        "hand_out": MANAGE,
        "take_back": MANAGE,
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

    @extend_schema(request={"multipart/form-data": HandedFileSerializer}, responses=FormSerializer)
    @action(detail=True, methods=["post"], url_path="file", url_name="file", parser_classes=(MultiPartParser,))
    def hand_out(self, request: Request, pk: str) -> Response:
        """Give a file to whoever has sent the form, from the next publishing on."""
        hand_out(actor=self.actor, form=self.get_object(), file=self.read(HandedFileSerializer)["file"])
        return self.show(self.get_object())

    @extend_schema(request=None, responses={204: None})
    @hand_out.mapping.delete
    def take_back(self, request: Request, pk: str) -> Response:
        """Give no file any more, from the next publishing on."""
        hand_out(actor=self.actor, form=self.get_object(), file=None)
        return Response(status=204)

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
        "file": READ_SUBMISSIONS,
    }
    guarded_by_version = frozenset()
    orders = {"newest": ("-created_at", "-id")}
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionApiFilter

    def rows(self, actor: Actor) -> QuerySet[Submission]:
        return access.submissions_for(actor).prefetch_related("files")

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete what a visitor sent."""
        delete_submission(actor=self.actor, submission=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses=SubmissionSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Try to deliver now; a delivered one stays as it is."""
        return self.show(replay_submission(actor=self.actor, submission=self.get_object()))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"files/(?P<file_id>[1-9][0-9]{0,17})", renderer_classes=FILE)
    def file(self, request: Request, pk: str, file_id: str) -> HttpResponseBase:
        """A file that the visitor attached, only ever as a download."""
        return downloaded(access.access_file(self.get_object(), int(file_id)))
