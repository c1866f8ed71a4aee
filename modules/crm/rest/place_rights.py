"""How far roles reach in a pipeline, or in one stage of it, over REST."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.errors import Invalid
from infra.kit.spec import Scope
from modules.crm.domain.field_rights import limited_roles
from modules.crm.domain.pipeline import RIGHT_VERBS, rights_in, set_pipeline_rights
from modules.crm.models import Pipeline, Stage

SCOPES = {scope.name.lower(): scope for scope in sorted(Scope)}


class PlaceRightSerializer(StrictSerializer):
    """How far a role reaches here with what it may do."""

    role = serializers.IntegerField(min_value=1)
    verb = serializers.ChoiceField(choices=RIGHT_VERBS)
    scope = serializers.ChoiceField(choices=list(SCOPES))


class PlaceRightsSerializer(StrictSerializer):
    """Where roles reach further or less far than elsewhere; what is left out is as elsewhere."""

    rights = PlaceRightSerializer(many=True)


class PlaceRightsMixin:
    """Rights in a pipeline, or in a stage."""

    @extend_schema(responses=PlaceRightsSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def rights(self: Any, request: Request, pk: str) -> Response:
        """How far roles reach here, where that differs from elsewhere."""
        return _shown(*_place(self.get_object()))

    @extend_schema(request=PlaceRightsSerializer, responses=PlaceRightsSerializer)
    @rights.mapping.put
    def change_rights(self: Any, request: Request, pk: str) -> Response:
        """Say how far roles reach here. Nobody lets others reach further than they do themselves."""
        pipeline, stage = _place(self.get_object())
        lines = self.read(PlaceRightsSerializer)["rights"]
        wanted = {(line["role"], line["verb"]): int(SCOPES[line["scope"]]) for line in lines}
        if len(wanted) < len(lines) or {role for role, _verb in wanted} - {role.pk for role in limited_roles()}:
            raise Invalid(fields={"rights": [_("Nothing may stand twice, and an owner's rights cannot be narrowed.")]})
        set_pipeline_rights(actor=self.actor, pipeline=pipeline, rights=wanted, stage=stage)
        return _shown(pipeline, stage)


def _place(row: Pipeline | Stage) -> tuple[Pipeline, Stage | None]:
    return (row.pipeline, row) if isinstance(row, Stage) else (row, None)


def _shown(pipeline: Pipeline, stage: Stage | None) -> Response:
    kept = rights_in(pipeline, stage).items()
    lines = [{"role": role, "verb": verb, "scope": scope.name.lower()} for (role, verb), scope in kept]
    return Response({"rights": lines})
