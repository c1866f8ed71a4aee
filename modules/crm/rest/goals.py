"""The sales plan over REST: what is to be sold per month, by a person or all, in a pipeline or all."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.errors import Invalid
from modules.crm.domain.goal import goals_of, lanes, set_goals
from modules.crm.domain.money import as_kept
from modules.crm.domain.selling.exchange import base_currency

_LARGEST_ID = 10**18


class GoalSerializer(StrictSerializer):
    """A goal of one month; `person` null is that of all together."""

    person = serializers.IntegerField(min_value=1, max_value=_LARGEST_ID, allow_null=True)
    month = serializers.IntegerField(min_value=1, max_value=12)
    amount = serializers.DecimalField(max_digits=16, decimal_places=3, min_value=0)


class PlanAskedSerializer(StrictSerializer):
    """Which plan: of this year and of all pipelines together, where nothing is said."""

    year = serializers.IntegerField(min_value=2000, max_value=2100, required=False)
    pipeline = serializers.IntegerField(min_value=1, max_value=_LARGEST_ID, required=False)


class SalesPlanSerializer(StrictSerializer):
    """The goals of a year in the base currency; `pipeline` null is the plan of all pipelines together."""

    year = serializers.IntegerField(min_value=2000, max_value=2100)
    pipeline = serializers.IntegerField(min_value=1, max_value=_LARGEST_ID, allow_null=True, required=False)
    currency = serializers.CharField(read_only=True)
    goals = GoalSerializer(many=True)


class GoalsMixin:
    """The plan among the settings."""

    @extend_schema(responses=SalesPlanSerializer, parameters=[PlanAskedSerializer])
    @action(detail=False, methods=["get"])
    def goals(self: Any, request: Request) -> Response:
        """What is planned for a year."""
        asked = PlanAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        return _plan(values.get("year", timezone.localdate().year), _lane(values.get("pipeline")))

    @extend_schema(request=SalesPlanSerializer, responses={200: SalesPlanSerializer})
    @goals.mapping.post
    def set_goals(self: Any, request: Request) -> Response:
        """Set the goals that are named, others stay; an amount of 0 takes a goal away."""
        values = self.read(SalesPlanSerializer)
        lane = _lane(values.get("pipeline"))
        amounts = {(line["person"], line["month"]): line["amount"] for line in values["goals"]}
        if len(amounts) < len(values["goals"]):
            raise Invalid(fields={"goals": [_("Nothing may stand twice.")]})
        set_goals(actor=self.actor, year=values["year"], pipeline=lane, amounts=amounts)
        return _plan(values["year"], lane)


def _lane(pk: int | None) -> Any:
    found = next((lane for lane in lanes() if lane.pk == pk), None)
    if pk is not None and found is None:
        raise Invalid(fields={"pipeline": [_("Choose one of the list.")]})
    return found


def _plan(year: int, lane: Any) -> Response:
    currency = base_currency()
    kept = sorted(goals_of(year, lane).items(), key=lambda goal: (goal[0][0] or 0, goal[0][1]))
    goals = [
        {"person": person, "month": month, "amount": str(as_kept(amount, currency))} for (person, month), amount in kept
    ]
    return Response({"year": year, "pipeline": lane and lane.pk, "currency": currency, "goals": goals})
