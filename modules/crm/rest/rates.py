"""Exchange rates over REST."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet
from infra.kit.access import Actor
from modules.crm.domain.selling.exchange import rates_of_base, set_rates
from modules.crm.domain.selling.settings import MANAGE
from modules.crm.models import Currency, ExchangeRate


class RateSerializer(StrictSerializer):
    """What one unit of `currency` is worth in the base currency from `day` on."""

    base = serializers.CharField(read_only=True)
    currency = serializers.ChoiceField(choices=Currency.choices)
    day = serializers.DateField()
    rate = serializers.DecimalField(max_digits=20, decimal_places=10)


class RateFilter(filters.FilterSet):
    """By currency and day."""

    currency = filters.ChoiceFilter(choices=Currency.choices, label=_("Currency"))
    day = filters.DateFromToRangeFilter(label=_("Day, from and to."))

    class Meta:
        model = ExchangeRate
        fields: list[str] = []


class ExchangeRateViewSet(ListMixin, PortalViewSet):
    """Exchange rates to the base currency."""

    permissions = {"list": ANY_PERSON, "create": MANAGE}
    orders = {"newest": ("-day", "-id")}
    serializer_class = RateSerializer
    filterset_class = RateFilter

    def rows(self, actor: Actor) -> QuerySet[ExchangeRate]:
        return rates_of_base()

    @extend_schema(request=RateSerializer, responses={201: RateSerializer})
    def create(self, request: Request) -> Response:
        """Write the rate of a day; it replaces the one of that day."""
        values: dict[str, Any] = self.read()
        set_rates(actor=self.actor, day=values["day"], rates={values["currency"]: values["rate"]})
        row = rates_of_base().get(day=values["day"], currency=values["currency"])
        return Response(RateSerializer(row).data, status=201)
