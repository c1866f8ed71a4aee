"""Reports over REST: those that are kept, their figures, pins and mailings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import NotFound
from modules.crm.domain.reports.catalogue import SOURCES, VIEW, ask_of, open_to, source_named
from modules.crm.domain.reports.mailing import MOST_READERS, Every, mailing_of, set_mailing, stop_mailing
from modules.crm.domain.reports.saved import (
    access_report,
    delete_report,
    pin_report,
    reports_for,
    run_report,
    save_report,
)
from modules.crm.models import Report, ReportMailing
from modules.crm.views.report_parts import document_of


class ReportSerializer(serializers.Serializer[Any]):
    """A kept report: which of the catalogue, and the settings and filter as in the address of its page."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    source: Any = serializers.ChoiceField(choices=list(SOURCES))
    query = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    shared = serializers.BooleanField(required=False, default=False)
    pinned = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class ReportMailingSerializer(StrictSerializer):
    """When the person's own mailing of a report goes out, and to whom. `day` is of the week (1 is Monday) or of the
    month."""

    every = serializers.ChoiceField(choices=Every.choices)
    day = serializers.IntegerField(min_value=1, max_value=28)
    hour = serializers.IntegerField(min_value=0, max_value=23)
    people = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=MOST_READERS)
    next_at = serializers.DateTimeField(read_only=True)
    sent_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ReportViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Reports that the person keeps, and those that are shared. `run` gives the figures that the caller may see."""

    permissions = {
        **dict.fromkeys(("list", "retrieve", "create", "partial_update", "destroy", "run", "figures"), VIEW),
        **dict.fromkeys(("pin", "unpin", "mailing", "set_mailing", "stop_mailing"), VIEW),
    }
    orders = {"oldest": ("id",)}
    serializer_class = ReportSerializer

    def rows(self, actor: Actor) -> QuerySet[Report]:
        return reports_for(actor).order_by("id")

    def present(self, page: Sequence[Report]) -> list[dict[str, Any]]:
        return [_document(row) for row in page]

    def show(self, row: Report, status: int = 200, location: str = "") -> Response:
        headers = {"ETag": f'"{row.version}"', **({"Location": location} if location else {})}
        return Response(_document(row), status=status, headers=headers)

    def create(self, request: Request) -> Response:
        """Keep a report; the same name again replaces one's own."""
        values = self.read()
        values["source"] = source_named(values["source"])
        row = save_report(actor=self.actor, **values)
        return self.show(access_report(self.actor, row.pk), 201, reverse("api-v1:report-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a kept report, or share it; a shared one of somebody else wants the right to manage reports."""
        row = self.get_object()
        check_match(request, row)
        kept = {name: getattr(row, name) for name in ("name", "source", "query", "shared")}
        values = {**kept, **self.read()}
        values["source"] = source_named(values["source"])
        return self.show(access_report(self.actor, save_report(actor=self.actor, report=row, **values).pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a report with its mailings."""
        row = self.get_object()
        check_match(request, row)
        delete_report(actor=self.actor, report=row)
        return Response(status=204)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["get"])
    def run(self, request: Request, pk: str) -> Response:
        """The figures of a kept report: headline figures and tables, each figure with the list behind it."""
        row = self.get_object()
        return Response({"report": _document(row), **document_of(run_report(self.actor, row))})

    @extend_schema(
        responses={200: OpenApiTypes.OBJECT},
        filters=False,
        parameters=[OpenApiParameter("source", str, OpenApiParameter.PATH, enum=list(SOURCES))],
    )
    @action(detail=False, methods=["get"], url_path=r"figures/(?P<source>[a-z_-]{1,30})")
    def figures(self, request: Request, source: str) -> Response:
        """The figures of a report that nobody keeps: the settings and the filter are those of the address of its page,
        such as `by`, `measure`, `period` and `of` of the builder."""
        found = source_named(source)
        if not open_to(self.actor, found):
            raise NotFound
        return Response(document_of(found.run(ask_of(self.actor, found, request.query_params))))

    @extend_schema(request=None, responses=ReportSerializer)
    @action(detail=True, methods=["put"])
    def pin(self, request: Request, pk: str) -> Response:
        """Put a report on one's start page."""
        row = self.get_object()
        pin_report(actor=self.actor, report=row, pinned=True)
        return self.show(access_report(self.actor, row.pk))

    @extend_schema(request=None, responses={204: None})
    @pin.mapping.delete
    def unpin(self, request: Request, pk: str) -> Response:
        """Take a report away from one's start page."""
        pin_report(actor=self.actor, report=self.get_object(), pinned=False)
        return Response(status=204)

    @extend_schema(responses=ReportMailingSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def mailing(self, request: Request, pk: str) -> Response:
        """The person's own mailing of a report; 404 where it is not mailed."""
        row = mailing_of(self.actor, self.get_object())
        if row is None:
            raise NotFound
        return _mailing(row)

    @extend_schema(request=ReportMailingSerializer, responses=ReportMailingSerializer)
    @mailing.mapping.put
    def set_mailing(self, request: Request, pk: str) -> Response:
        """Have a report mailed; to colleagues only who manages reports may send, and only what they may see."""
        report = self.get_object()
        return _mailing(set_mailing(actor=self.actor, report=report, **self.read(ReportMailingSerializer)))

    @extend_schema(request=None, responses={204: None})
    @mailing.mapping.delete
    def stop_mailing(self, request: Request, pk: str) -> Response:
        """Have it mailed no more."""
        stop_mailing(actor=self.actor, report=self.get_object())
        return Response(status=204)


def _mailing(row: ReportMailing) -> Response:
    document = {
        "every": row.every,
        "day": row.day,
        "hour": row.hour,
        "people": sorted(person.pk for person in row.people.all()),
        "next_at": row.next_at,
        "sent_at": row.sent_at,
    }
    return Response(ReportMailingSerializer(document).data)


def _document(row: Report) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "source": row.source,
        "query": QueryDict(row.query).urlencode(),
        "shared": row.shared,
        "pinned": getattr(row, "pinned"),  # noqa: B009 -- an annotation of reports_for
        "version": row.version,
    }
