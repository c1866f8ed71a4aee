"""Minutes bought once from the wallet, over REST."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.domain.wallet_settings import MANAGE, VIEW
from billing.rating.domain import packs
from infra.api.viewsets import PortalViewSet
from infra.kit.errors import Conflict


class OfferSerializer(serializers.Serializer[Any]):
    """A pack on sale; `price` in the wallet's currency, `days` that it lasts."""

    id = serializers.IntegerField(source="version.pk")
    title = serializers.CharField(source="version.title")
    minutes = serializers.IntegerField()
    days = serializers.IntegerField(source="version.days")
    price = serializers.DecimalField(max_digits=18, decimal_places=6)
    currency = serializers.CharField()


class OfferListSerializer(serializers.Serializer[Any]):
    """All of them: there are a few."""

    results = OfferSerializer(many=True)


class BuySerializer(serializers.Serializer[Any]):
    """Which pack, and the price that was shown."""

    pack = serializers.IntegerField(min_value=1, max_value=2**31)
    price = serializers.DecimalField(max_digits=18, decimal_places=6)


class BoughtSerializer(serializers.Serializer[Any]):
    """What was bought."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    seconds = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class MinutePackViewSet(PortalViewSet):
    """Packs of minutes that are paid from the wallet."""

    permissions = {"list": VIEW, "buy": MANAGE}
    serializer_class = OfferSerializer
    own_key = frozenset({"buy"})

    @extend_schema(responses=OfferListSerializer, operation_id="minute_packs_on_sale")
    def list(self, request: Request) -> Response:
        """What is on sale."""
        return Response(OfferListSerializer({"results": packs.offers()}).data)

    @extend_schema(request=BuySerializer, responses={201: BoughtSerializer})
    @action(detail=False, methods=["post"], url_path="buy", url_name="buy")
    def buy(self, request: Request) -> Response:
        """Buy a pack from the wallet; the same Idempotency-Key buys it once, for good."""
        wanted = self.read(BuySerializer)
        offer = next((one for one in packs.offers() if one.version.pk == wanted["pack"]), None)
        if offer is not None and offer.price != wanted["price"]:
            raise Conflict(_("This pack is not sold like this any more. Look at the packs again."))
        bundle = packs.buy_pack(actor=self.actor, version_id=wanted["pack"], click=self.key)
        return Response(BoughtSerializer(bundle).data, status=201)
