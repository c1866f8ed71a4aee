"""The same verbs for programs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import expected_version
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.db.current import current_portal
from infra.kit.access import Actor
from infra.kit.errors import Conflict, PreconditionFailed
from tenants.portals.domain.custom_domain import claim_domain, claims_of, prove_domain, release_domain
from tenants.portals.domain.settings import change_settings
from tenants.portals.rest.serializers import DomainSerializer, PortalSerializer


class PortalSettingsViewSet(PortalViewSet):
    """The company itself."""

    permissions = {"company": ANY_PERSON, "change": "portals.settings.manage"}
    serializer_class = PortalSerializer

    @action(detail=False, methods=["get"], url_path="settings", url_name="settings")
    def company(self, request: Request) -> Response:
        """Name, address, status and habits of the company's portal."""
        return self.show(current_portal())

    @company.mapping.patch
    def change(self, request: Request) -> Response:
        """Change settings; If-Match names the version they were read at."""
        try:
            portal = change_settings(
                actor=self.actor, portal=current_portal(), version=expected_version(request), **self.read()
            )
        except Conflict as error:
            raise PreconditionFailed from error
        return self.show(portal)


class DomainViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Own domains of the portal."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "destroy", "prove"), "portals.domain.manage")
    serializer_class = DomainSerializer
    guarded_by_version = frozenset()

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return claims_of(current_portal())

    def create(self, request: Request) -> Response:
        """Claim a domain; the answer says which TXT record proves it."""
        claim = claim_domain(actor=self.actor, portal=current_portal(), **self.read())
        return self.show(claim, 201, location=reverse("api-v1:domain-detail", args=[claim.pk]))

    @action(detail=True, methods=["post"])
    def prove(self, request: Request, pk: str) -> Response:
        """Look for the record now."""
        claim = self.get_object()
        return self.show(prove_domain(actor=self.actor, portal=current_portal(), claim_id=claim.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Release a domain."""
        release_domain(actor=self.actor, portal=current_portal(), claim_id=self.get_object().pk)
        return Response(status=204)
