"""Pipelines and their stages over REST: the verbs of the settings' pages."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from infra.kit.numbers import whole_number
from modules.crm.domain import pipeline as verbs
from modules.crm.domain.access import access_pipeline, access_stage, pipeline_rows, stage_rows
from modules.crm.domain.kinds import LEAD, kinds
from modules.crm.domain.pipeline import MANAGE
from modules.crm.models import Pipeline, Stage
from modules.crm.rest.place_rights import PlaceRightsMixin


class StageSerializer(StrictSerializer):
    """A stage of a pipeline; `required` are keys of fields without which no record enters it."""

    id = serializers.IntegerField(read_only=True)
    pipeline = serializers.IntegerField(source="pipeline_id", read_only=True)
    title = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=100, write_only=True)
    colour = serializers.ChoiceField(choices=Stage.Colour.choices, required=False)
    kind = serializers.ChoiceField(choices=Stage.Kind.choices, required=False)
    probability = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, required=False)
    required = serializers.ListField(  # type: ignore[assignment]  # a field of this name
        child=serializers.CharField(max_length=60), max_length=100, required=False
    )
    position = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class NewStageSerializer(StageSerializer):
    """A further stage."""

    pipeline = serializers.IntegerField(min_value=1)


class PipelineSerializer(StrictSerializer):
    """A pipeline with its stages in order; `kind` says which records go through it."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=100, write_only=True)
    is_usual = serializers.BooleanField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    stages = StageSerializer(many=True, read_only=True)


class NewPipelineSerializer(PipelineSerializer):
    """A further pipeline, with the usual stages: for leads, deals, or a kind of the company's own (`item_5`)."""

    kind = serializers.CharField(max_length=30)


class OrderSerializer(StrictSerializer):
    """All stages of the pipeline, in their new order."""

    stages = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=100)


class PipelineViewSet(PlaceRightsMixin, ListMixin, RetrieveMixin, PortalViewSet):
    """Pipelines and their stages."""

    permissions = {
        "list": LEAD.permission("view"),
        "retrieve": LEAD.permission("view"),
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "order": MANAGE,
        "rights": MANAGE,
        "change_rights": MANAGE,
    }
    orders = {"position": ("position", "id")}
    serializer_class = PipelineSerializer

    def rows(self, actor: Actor) -> QuerySet[Pipeline]:
        return pipeline_rows()

    @extend_schema(request=NewPipelineSerializer, responses={201: PipelineSerializer})
    def create(self, request: Request) -> Response:
        """Add a pipeline with the usual stages. The plan says how many there can be."""
        values = self.read(NewPipelineSerializer)
        kind = kinds().get(values["kind"])
        if kind is None:
            raise Invalid(fields={"kind": [_("Choose one of the list.")]})
        row = verbs.create_pipeline(actor=self.actor, name=values["name"], kind=kind)
        return self.show(access_pipeline(row.pk), 201, reverse("api-v1:pipeline-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a pipeline."""
        row = self.get_object()
        check_match(request, row)
        values = self.read()
        if "name" in values:
            verbs.rename_pipeline(actor=self.actor, pipeline=row, name=values["name"])
        return self.show(access_pipeline(row.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a pipeline in which there are no records."""
        row = self.get_object()
        check_match(request, row)
        verbs.delete_pipeline(actor=self.actor, pipeline=row)
        return Response(status=204)

    @extend_schema(request=OrderSerializer, responses=PipelineSerializer)
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> Response:
        """Put the stages into another order."""
        row = self.get_object()
        verbs.order_stages(actor=self.actor, pipeline=row, stage_ids=self.read(OrderSerializer)["stages"])
        return self.show(access_pipeline(row.pk))


class StageFilter(filters.FilterSet):
    """By pipeline."""

    pipeline = filters.NumberFilter(
        label=gettext_lazy("Pipeline"), field_name="pipeline_id", min_value=1, max_value=10**18
    )

    class Meta:
        model = Stage
        fields: list[str] = []


class StageViewSet(PlaceRightsMixin, ListMixin, RetrieveMixin, PortalViewSet):
    """Stages of pipelines."""

    permissions = {
        "list": LEAD.permission("view"),
        "retrieve": LEAD.permission("view"),
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "rights": MANAGE,
        "change_rights": MANAGE,
    }
    orders = {"oldest": ("id",)}
    serializer_class = StageSerializer
    filterset_class = StageFilter

    def rows(self, actor: Actor) -> QuerySet[Stage]:
        return stage_rows()

    @extend_schema(request=NewStageSerializer, responses={201: StageSerializer})
    def create(self, request: Request) -> Response:
        """Add a stage: one in progress before the first closing one, others at the end."""
        values = {"colour": Stage.Colour.INFO, "kind": Stage.Kind.OPEN, **self.read(NewStageSerializer)}
        try:
            pipeline = access_pipeline(values.pop("pipeline"))
        except NotFound:
            raise Invalid(fields={"pipeline": [_("Choose one of the list.")]}) from None
        row = verbs.add_stage(actor=self.actor, pipeline=pipeline, **values)
        return self.show(access_stage(row.pk), 201, reverse("api-v1:stage-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a stage. One of a pipeline must stay in progress."""
        row = self.get_object()
        check_match(request, row)
        names = ("colour", "kind", "probability", "required")
        values: dict[str, Any] = {"name": row.title, **{name: getattr(row, name) for name in names}, **self.read()}
        verbs.edit_stage(actor=self.actor, stage=row, **values)
        return self.show(access_stage(row.pk))

    @extend_schema(
        parameters=[OpenApiParameter("move_to", int, description="The stage that takes the records of this one.")]
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a stage, after taking its records to another one (`?move_to=5`)."""
        row = self.get_object()
        check_match(request, row)
        named = request.query_params.get("move_to")
        target = stage_rows().filter(pk=whole_number(named) or 0).first() if named is not None else None
        if named is not None and target is None:
            raise Invalid(fields={"move_to": [_("Choose one of the list.")]})
        verbs.delete_stage(actor=self.actor, stage=row, move_to=target)
        return Response(status=204)
