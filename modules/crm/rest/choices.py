"""What programs choose from over REST: reasons of loss and types of prices."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.crm.domain.kinds import LEAD, PRODUCT
from modules.crm.domain.lost_reason import add_reason, reason_rows, retire_reason
from modules.crm.domain.pipeline import MANAGE as PIPELINES
from modules.crm.domain.selling.price_type import (
    access_price_type,
    add_price_type,
    make_usual,
    price_type_rows,
    rename_price_type,
    retire_price_type,
)
from modules.crm.domain.selling.settings import MANAGE as SELLING
from modules.crm.models import LostReason, PriceType


class LostReasonSerializer(StrictSerializer):
    """Why something was lost."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=100, write_only=True)
    version = serializers.IntegerField(read_only=True)


class LostReasonViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Reasons of loss in use."""

    permissions = {
        "list": LEAD.permission("view"),
        "retrieve": LEAD.permission("view"),
        "create": PIPELINES,
        "destroy": PIPELINES,
    }
    orders = {"position": ("position", "id")}
    serializer_class = LostReasonSerializer

    def rows(self, actor: Actor) -> QuerySet[LostReason]:
        return reason_rows()

    def create(self, request: Request) -> Response:
        """A further reason."""
        row = add_reason(actor=self.actor, name=self.read()["name"])
        return self.show(row, 201, reverse("api-v1:lost-reason-detail", args=[row.pk]))

    def destroy(self, request: Request, pk: str) -> Response:
        """Offer a reason no longer; records that have it keep it."""
        row = self.get_object()
        check_match(request, row)
        retire_reason(actor=self.actor, reason=row)
        return Response(status=204)


class PriceTypeSerializer(StrictSerializer):
    """For whom a price is; the usual one is that of clients who have none of their own."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=60, write_only=True)
    is_usual = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class PriceTypeViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Types of prices in use."""

    permissions = {
        "list": PRODUCT.permission("view"),
        "retrieve": PRODUCT.permission("view"),
        "create": SELLING,
        "partial_update": SELLING,
        "usual": SELLING,
        "destroy": SELLING,
    }
    orders = {"position": ("position", "id")}
    serializer_class = PriceTypeSerializer

    def rows(self, actor: Actor) -> QuerySet[PriceType]:
        return price_type_rows()

    def create(self, request: Request) -> Response:
        """A further type."""
        row = add_price_type(actor=self.actor, name=self.read()["name"])
        return self.show(row, 201, reverse("api-v1:price-type-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a type."""
        row = self.get_object()
        check_match(request, row)
        values = self.read()
        return self.show(rename_price_type(actor=self.actor, price_type=row, **values) if values else row)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def usual(self, request: Request, pk: str) -> Response:
        """Make it the usual one, in place of the one that was."""
        row = self.get_object()
        make_usual(actor=self.actor, price_type=row)
        return self.show(access_price_type(row.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Offer a type no longer; its prices are kept."""
        row = self.get_object()
        check_match(request, row)
        retire_price_type(actor=self.actor, price_type=row)
        return Response(status=204)
