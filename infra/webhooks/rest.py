"""Webhooks in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from infra.api.keyset import page_of
from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import NotFound
from infra.webhooks.domain.hooks import (
    MANAGE,
    access_message,
    add_webhook,
    delete_webhook,
    edit_webhook,
    messages_of,
    pause_webhook,
    ping,
    renew_secret,
    replay,
    resume_webhook,
    visible_webhooks,
)
from infra.webhooks.models import Message, Webhook

_TAGS = ["Webhooks"]


class WebhookSerializer(StrictSerializer):
    """A webhook without its secret."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=500, help_text="https or http, without a password in it.")
    events = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=200, help_text='Names of events, or "*" for all.'
    )
    failing_since = serializers.DateTimeField(read_only=True)
    paused_at = serializers.DateTimeField(read_only=True)
    pause_reason = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class SecretWebhookSerializer(WebhookSerializer):
    """A webhook with the secret that signs its messages."""

    secret = serializers.CharField(read_only=True)


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message to a webhook: `body` as it is sent, and the last answer."""

    class Meta:
        model = Message
        fields = (
            "id", "event_id", "event", "body", "status", "attempts", "next_attempt_at", "answer_status", "answer",
            "seconds", "created_at", "done_at",
        )  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="List webhooks", tags=_TAGS),
    retrieve=extend_schema(summary="Get a webhook", tags=_TAGS),
)
class WebhookViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Addresses that are told of events."""

    permissions = dict.fromkeys(
        (
            "list", "retrieve", "create", "partial_update", "destroy", "renew", "pause", "resume", "ping", "messages",
            "replay",
        ),
        MANAGE,
    )  # fmt: skip
    serializer_class = WebhookSerializer
    orders = {"oldest": ("id",)}
    keeps_answers = False

    def rows(self, actor: Actor) -> QuerySet[Webhook]:
        return visible_webhooks(actor)

    @extend_schema(summary="Add a webhook", tags=_TAGS, responses={201: SecretWebhookSerializer})
    def create(self, request: Request) -> Response:
        """The answer holds the secret."""
        row = add_webhook(actor=self.actor, **self.read())
        document = dict(SecretWebhookSerializer(row).data)
        return Response(document, status=201, headers={"Location": reverse("api-v1:webhook-detail", args=[row.pk])})

    @extend_schema(summary="Change a webhook", tags=_TAGS)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Name, address and events."""
        row = self.get_object()
        check_match(request, row)
        values: dict[str, Any] = {"name": row.name, "url": row.url, "events": row.events, **self.read()}
        return self.show(edit_webhook(actor=self.actor, webhook=row, **values))

    @extend_schema(summary="Remove a webhook", tags=_TAGS)
    def destroy(self, request: Request, pk: str) -> Response:
        """With its log."""
        row = self.get_object()
        check_match(request, row)
        delete_webhook(actor=self.actor, webhook=row)
        return Response(status=204)

    @extend_schema(summary="Renew the secret", tags=_TAGS, request=None, responses=SecretWebhookSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        """Messages carry both signatures for 24 hours."""
        return Response(SecretWebhookSerializer(renew_secret(actor=self.actor, webhook=self.get_object())).data)

    @extend_schema(summary="Pause a webhook", tags=_TAGS, request=None)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """What happens meanwhile is not told later."""
        pause_webhook(actor=self.actor, webhook=self.get_object())
        return self.show(self.get_object())

    @extend_schema(summary="Resume a webhook", tags=_TAGS, request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """It is told again from now on."""
        resume_webhook(actor=self.actor, webhook=self.get_object())
        return self.show(self.get_object())

    @extend_schema(summary="Send a test message", tags=_TAGS, request=None, responses={201: MessageSerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """The event is called `webhooks.ping`."""
        return Response(MessageSerializer(ping(actor=self.actor, webhook=self.get_object())).data, status=201)

    @extend_schema(
        summary="List messages to a webhook", tags=_TAGS, responses=MessageSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"])
    def messages(self, request: Request, pk: str) -> Response:
        """Newest first, of the last 30 days."""
        rows = messages_of(self.actor, self.get_object())
        page = page_of(rows, ("-id",), after=request.query_params.get("after", ""), limit=100)
        return Response({"results": MessageSerializer(page.rows, many=True).data, "after": page.after or None})

    @extend_schema(summary="Send a message again", tags=_TAGS, request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"], url_path="messages/(?P<message>[1-9][0-9]{0,17})/replay")
    def replay(self, request: Request, pk: str, message: str) -> Response:
        """Under its own id, so that the other side takes it once."""
        row = access_message(self.actor, int(message))
        if row.webhook_id != self.get_object().pk:
            raise NotFound
        return Response(MessageSerializer(replay(actor=self.actor, message=row)).data)


def register(router: SimpleRouter) -> None:
    """Webhooks."""
    router.register("webhooks", WebhookViewSet, basename="webhook")
