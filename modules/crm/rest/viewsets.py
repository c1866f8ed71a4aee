"""Leads over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.keyset import page_of
from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.crm.domain.access import (
    CREATE,
    DELETE,
    EDIT,
    VIEW,
    access_stage,
    access_trashed_lead,
    pipeline_rows,
    visible_leads,
)
from modules.crm.domain.activity import comment_on
from modules.crm.domain.duplicates import Probe, find_duplicates
from modules.crm.domain.lead import (
    NewLead,
    assign_lead,
    create_lead,
    delete_lead,
    move_lead,
    restore_lead,
)
from modules.crm.domain.queries import comments_of
from modules.crm.filters import LeadApiFilter
from modules.crm.models import Lead, Pipeline
from modules.crm.rest.placing import as_precondition, edit_and_place
from modules.crm.rest.serializers import (
    AssignSerializer,
    CommentSerializer,
    LeadSerializer,
    MoveSerializer,
    PipelineSerializer,
    lead_documents,
    lead_values,
)


class LeadViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Leads."""

    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": CREATE,
        "partial_update": EDIT,
        "destroy": DELETE,
        "move": EDIT,
        "assign": EDIT,
        "restore": DELETE,
        "comments": VIEW,
        "comment": VIEW,
        "duplicates": VIEW,
    }
    guarded_by_version = frozenset({"partial_update", "destroy", "move", "assign"})
    orders = {
        "newest": ("-created_at", "-id"),
        "oldest": ("created_at", "id"),
        "changed": ("-updated_at", "-id"),
        "amount": ("-amount", "-id"),
    }
    serializer_class = LeadSerializer
    filterset_class = LeadApiFilter

    def rows(self, actor: Actor) -> QuerySet[Lead]:
        return visible_leads(actor).defer("search")

    def lean(self, rows: QuerySet[Lead]) -> QuerySet[Any]:
        return lead_values(rows)

    def present(self, page: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return lead_documents(page)

    def show(self, row: Lead, status: int = 200, location: str = "") -> Response:
        fresh = lead_documents(lead_values(visible_leads(self.actor).filter(pk=row.pk)))
        headers = {"ETag": f'"{row.version}"'}
        if location:
            headers["Location"] = location
        return Response(fresh[0] if fresh else {"id": row.pk}, status=status, headers=headers)

    def _checked(self, request: Request) -> tuple[Lead, int | None]:
        lead = self.get_object()
        return lead, check_match(request, lead)

    def create(self, request: Request) -> Response:
        """Create a lead."""
        values = self.read()
        stage_id = values.pop("stage_id", None)
        new = NewLead(**values, stage=access_stage(stage_id) if stage_id else None)
        lead = create_lead(actor=self.actor, new=new)
        return self.show(lead, 201, reverse("api-v1:lead-detail", args=[lead.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change fields, the stage or the responsible person of a lead."""
        lead, version = self._checked(request)
        values = self.read()
        with as_precondition():
            lead = edit_and_place(self.actor, lead, values, version)
        return self.show(lead)

    def destroy(self, request: Request, pk: str) -> Response:
        """Put a lead into the trash."""
        lead, version = self._checked(request)
        with as_precondition():
            delete_lead(actor=self.actor, lead=lead, version=version)
        return Response(status=204)

    @extend_schema(request=MoveSerializer, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Take a lead to another stage."""
        lead, version = self._checked(request)
        stage = access_stage(self.read(MoveSerializer)["stage"])
        with as_precondition():
            lead = move_lead(actor=self.actor, lead=lead, stage=stage, version=version)
        return self.show(lead)

    @extend_schema(request=AssignSerializer, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Make another person responsible."""
        lead, version = self._checked(request)
        person_id = self.read(AssignSerializer)["responsible"]
        with as_precondition():
            lead = assign_lead(actor=self.actor, lead=lead, responsible_id=person_id, version=version)
        return self.show(lead)

    @extend_schema(request=None, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take a lead out of the trash."""
        return self.show(restore_lead(actor=self.actor, lead=access_trashed_lead(self.actor, int(pk))))

    @extend_schema(responses=CommentSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def comments(self, request: Request, pk: str) -> Response:
        """Comments on a lead, newest first."""
        rows = comments_of(self.get_object())
        page = page_of(rows, ("-created_at", "-id"), after=request.query_params.get("after", ""), limit=100)
        return Response({"results": CommentSerializer(page.rows, many=True).data, "after": page.after or None})

    @extend_schema(request=CommentSerializer, responses={201: CommentSerializer})
    @comments.mapping.post
    def comment(self, request: Request, pk: str) -> Response:
        """Comment on a lead."""
        text = self.read(CommentSerializer)["text"]
        activity = comment_on(actor=self.actor, record=self.get_object(), text=text)
        return Response(CommentSerializer(activity).data, status=201)

    @extend_schema(responses=LeadSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def duplicates(self, request: Request, pk: str) -> Response:
        """Other leads with the same phone or e-mail."""
        lead = self.get_object()
        values = [point.value for point in lead.contact_points.all()]
        found = find_duplicates(actor=self.actor, probe=Probe(values=values), kinds=["lead"], besides=lead)
        shared = {item.record.pk: item.value for item in found}
        rows = lead_values(visible_leads(self.actor).filter(pk__in=shared)).order_by("-created_at", "-id")
        return Response(
            {"results": [{**document, "shared": shared[document["id"]]} for document in lead_documents(rows)]}
        )


class PipelineViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Pipelines and their stages."""

    permissions = {"list": VIEW, "retrieve": VIEW}
    orders = {"position": ("position", "id")}
    serializer_class = PipelineSerializer

    def rows(self, actor: Actor) -> QuerySet[Pipeline]:
        return pipeline_rows()
