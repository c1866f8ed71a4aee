"""Calls and prices over REST, read alone: calls are made by the switch."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.rating.domain.price_check import check_price
from billing.rating.domain.queries import VIEW, visible_calls
from billing.rating.models import Call
from billing.rating.rest.serializers import CallSerializer, PriceSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.db.current import current_portal
from infra.kit.access import Actor
from infra.kit.errors import Invalid


class CallViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """The portal's calls."""

    permissions = {"list": VIEW, "retrieve": VIEW}
    orders = {"newest": ("-authorized_at", "-id"), "oldest": ("authorized_at", "id")}
    serializer_class = CallSerializer

    def rows(self, actor: Actor) -> QuerySet[Call]:
        """What the person may see."""
        return visible_calls(actor)


class PriceViewSet(PortalViewSet):
    """Prices of calls."""

    permissions = {"check": "rating.price.view"}
    serializer_class = PriceSerializer

    @extend_schema(parameters=[OpenApiParameter("number", str, required=True)])
    @action(detail=False, methods=["get"], url_path="check", url_name="check")
    def check(self, request: Request) -> Response:
        """What a call to `number` costs now, and the rule that says so."""
        number = request.query_params.get("number", "").strip()
        if not number or len(number) > 40 or "\x00" in number:
            raise Invalid(fields={"number": [_("Give a telephone number.")]})
        return Response(PriceSerializer(check_price(current_portal(), number)).data)
