"""Reading the plan."""

from __future__ import annotations

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.domain import memory, usage
from billing.rest.serializers import EntitlementsSerializer
from infra.api.viewsets import PortalViewSet
from infra.db.current import current_schema


class BillingViewSet(PortalViewSet):
    """The portal's plan and what is used of it."""

    permissions = {"plan": "billing.plan.view"}
    serializer_class = EntitlementsSerializer

    @action(detail=False, methods=["get"], url_path="plan", url_name="plan")
    def plan(self, request: Request) -> Response:
        """Plan, trial, features, and every limit with what is used of it now."""
        rights = memory.entitlements(current_schema())
        body = EntitlementsSerializer(
            {
                "plan": rights.plan,
                "version": rights.version,
                "trial_ends_at": rights.trial_ends_at,
                "read_only_from": rights.read_only_from,
                "features": sorted(rights.features),
                "limits": usage.meters(rights),
            }
        )
        return Response(body.data)
