"""Reports over REST: those that are kept, and the figures of any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.crm.domain.reports.catalogue import SOURCES, VIEW, source_named
from modules.crm.domain.reports.saved import access_report, delete_report, reports_for, run_report, save_report
from modules.crm.models import Report
from modules.crm.views.report_parts import document_of


class ReportSerializer(serializers.Serializer[Any]):
    """A kept report: which of the catalogue, and the settings and filter as in the address of its page."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    source: Any = serializers.ChoiceField(choices=list(SOURCES))
    query = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    shared = serializers.BooleanField(required=False, default=False)
    version = serializers.IntegerField(read_only=True)


class ReportViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Reports that the person keeps, and those that are shared. `run` gives the figures that the caller may see."""

    permissions = {"list": VIEW, "retrieve": VIEW, "create": VIEW, "destroy": VIEW, "run": VIEW}
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
        return self.show(row, 201, reverse("api-v1:report-detail", args=[row.pk]))

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
        row = access_report(self.actor, self.get_object().pk)
        return Response({"report": _document(row), **document_of(run_report(self.actor, row))})


def _document(row: Report) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "source": row.source,
        "query": QueryDict(row.query).urlencode(),
        "shared": row.shared,
        "version": row.version,
    }
