"""The kit's own resources: who am I, and my tokens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.models import Token
from infra.api.serializers import StrictSerializer
from infra.api.tokens import access_token, grantable_scopes, issue_token, revoke_token, visible_tokens
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    permissions = serializers.ListField(child=serializers.CharField())


class MeViewSet(PortalViewSet):
    """Who calls, and what this token or session may do."""

    permissions = {"retrieve": ANY_PERSON}
    serializer_class = MeSerializer

    @extend_schema(operation_id="me_retrieve")
    def retrieve(self, request: Request) -> Response:
        person = self.actor
        return Response(
            {
                "id": person.pk,
                "name": person.display_name,
                "email": person.email,
                "permissions": grantable_scopes(person),
            }
        )


class TokenSerializer(StrictSerializer):
    """A token without its secret."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    prefix = serializers.CharField(read_only=True)
    owner = serializers.IntegerField(source="owner_id", read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(max_length=100), max_length=500)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    last_used_at = serializers.DateTimeField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True)


class IssuedTokenSerializer(TokenSerializer):
    """A new token with its secret, shown this once."""

    secret = serializers.CharField(read_only=True)


class TokenViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Access tokens of the person, or of everybody for those who manage them."""

    permissions = {
        "list": "api.token.manage",
        "retrieve": "api.token.manage",
        "create": "api.token.manage",
        "destroy": "api.token.manage",
    }
    serializer_class = TokenSerializer
    keeps_answers = False
    guarded_by_version = frozenset()

    def rows(self, actor: Actor) -> QuerySet[Token]:
        return visible_tokens(actor)

    @extend_schema(responses={201: IssuedTokenSerializer})
    def create(self, request: Request) -> Response:
        """Issue a token. Its `secret` comes with this answer only."""
        issued = issue_token(actor=self.actor, **self.read())
        document = dict(TokenSerializer(issued.token).data)
        document["secret"] = issued.secret
        return Response(
            document, status=201, headers={"Location": reverse("api-v1:token-detail", args=[issued.token.pk])}
        )

    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a token at once."""
        revoke_token(actor=self.actor, token=access_token(self.actor, int(pk)))
        return Response(status=204)
